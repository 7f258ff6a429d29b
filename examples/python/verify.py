import asyncio

from gateway.client import Client


async def main() -> None:
    async with Client("shanghai", division="310000", bootstrap="127.0.0.1:9092") as shanghai:
        answer = await shanghai.verify(to="zhejiang", item="company-change", purpose="application-handling",
            licence_type="business-licence", legal_basis="STATUTORY_DUTY", fields=["name"], holder_type="001",
            licence_id="1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
            holder_code="91330100Y99900021L", department="11310000Y99900013L", officer="officer-7")
        print(answer.outcome, answer.licence_state, answer.recognised, answer.rule)


asyncio.run(main())
