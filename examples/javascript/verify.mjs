// Shanghai asks Zhejiang about one business licence and prints what comes back.
//
//   node verify.mjs                      Kafka at 127.0.0.1:9092, schema ids from the files
//   KAFKA=HOST:PORT REGISTRY_URL=http://HOST:PORT/PATH node verify.mjs
//
// Written from docs/wire.md; the numbers in brackets are its sections.

import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import kafkajs from "kafkajs";
import { released, Schemas } from "./schemas.mjs";

const { Kafka, Partitioners, logLevel } = kafkajs;
const REGION = "shanghai";
const DIVISION = "310000";
const ANSWER_SECONDS = Number(process.env.ANSWER_SECONDS ?? 30);
const AVRO = fileURLToPath(new URL("../../avro", import.meta.url));

const kafka = new Kafka({
  clientId: `${REGION}-example`,
  brokers: (process.env.KAFKA ?? "127.0.0.1:9092").split(","),
  logLevel: logLevel.ERROR,
});

/** A request for one licence. The ids, the time and the salt make it an event of its own (3, 4). */
function request() {
  const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear(); // in Shanghai
  const serial = Array.from({ length: 20 }, () => randomInt(10)).join("");
  return {
    event_id: randomUUID(),
    case_id: `${DIVISION}-${year}-${serial}`,
    source: REGION,
    target: "zhejiang",
    made_at: Date.now(),
    salt: randomBytes(16),
    item: "company-change",
    item_code: null,
    licence_type: "business-licence",
    licence_id: "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
    use_kind: "VERIFY",
    purpose: process.env.PURPOSE ?? "application-handling",
    legal_basis: "STATUTORY_DUTY",
    consent_ref: null,
    holder_type: "001",
    holder_code: "91330100Y99900021L",
    department: "11310000Y99900013L",
    officer: "officer-7",
    fields: ["name"],
    claims: [],
    parent: null,
    use_text: null,
  };
}

/** Reads inbox and receipts from where they end now; `found` is given every record that is read (9). */
async function listen(schemas, found) {
  const topics = [`${REGION}.inbox`, `${REGION}.receipts`];
  const admin = kafka.admin();
  await admin.connect();
  const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
  await admin.disconnect();
  // This client reads in groups only: one of our own, for this run, that never commits (1).
  const consumer = kafka.consumer({ groupId: `${REGION}-verify-${randomUUID()}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topics });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      const read = message.value && schemas.read(message.value);
      if (read) found(read.name, read.record, message.headers.gateway.toString());
    },
  });
  topics.forEach((topic, at) => {
    for (const { partition, high } of ends[at]) consumer.seek({ topic, partition, offset: high });
  });
  return consumer;
}

/** The outbox: all copies confirm, and a retry of the client doubles nothing (1). */
async function publish(caseId, value) {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner, // murmur2, as Kafka's Java clients (2)
  });
  await producer.connect();
  await producer.send({ topic: `${REGION}.outbox`, acks: -1, messages: [{ key: caseId, value }] });
  await producer.disconnect();
}

async function verify() {
  const schemas = new Schemas(released(AVRO));
  if (process.env.REGISTRY_URL) await schemas.learn(process.env.REGISTRY_URL);
  const asked = request();
  const value = schemas.write("cn.gateway.LicenceVerificationRequested", asked);
  const digest = createHash("sha256").update(value).digest();

  let settle;
  const outcome = new Promise((resolve) => (settle = resolve));
  const consumer = await listen(schemas, (name, record, header) => {
    const answers = record.case_id === asked.case_id && record.in_reply_to === asked.event_id;
    if (name === "cn.gateway.LicenceVerificationAnswered" && answers) settle({ answer: record, header });
    const ours = name === "cn.gateway.EventReceipt" && digest.equals(record.digest); // (6)
    if (ours && record.outcome !== "delivered") settle({ refusal: record });
  });
  const timer = setTimeout(() => settle({}), ANSWER_SECONDS * 1000);
  await publish(asked.case_id, value);
  const found = await outcome;
  clearTimeout(timer);
  await consumer.disconnect();
  return found;
}

const { answer, header, refusal } = await verify();
if (answer) {
  const [, , , , , , recognised, rule] = header.split(" "); // (5)
  console.log(`${answer.outcome} ${answer.licence_state} ${recognised} ${rule}`);
} else if (refusal) {
  console.log(`${refusal.outcome}: ${refusal.explanation}`);
  process.exitCode = 1;
} else {
  console.log(`no answer within ${ANSWER_SECONDS} s; the request stays open`);
  process.exitCode = 2;
}
