import asyncio
import time

from gateway.client import Client
from gateway.codec import LicenceVerificationRequested


async def main() -> None:
    async with Client("zhejiang", division="330000", bootstrap="127.0.0.1:9092") as zhejiang:
        async for delivery in zhejiang.inbox():
            asked = delivery.record
            if isinstance(asked, LicenceVerificationRequested):
                await zhejiang.answer(delivery, "MATCH_VALID", trust_level="A", licence_state="VALID",
                    source_at=time.time_ns() // 1_000_000, returned=dict.fromkeys(asked.fields, "示例"))
                print("answered", asked.case_id)
            await delivery.ack()


asyncio.run(main())
