// Which schema a 4-byte id stands for (docs/wire.md, 3): ids of the files themselves, or of a registry.

import { readdirSync, readFileSync } from "node:fs";
import avro from "avsc";

const FRAME_BYTES = 5;

/** The released schemas under a folder like avro/, by record name, newest version first. */
export function released(folder) {
  const version = (file) => Number(file.match(/\/v(\d+)\.avsc$/)[1]);
  const newestFirst = (one, other) => version(other) - version(one);
  const byName = {};
  const files = readdirSync(folder, { recursive: true }).filter((file) => /\/v\d+\.avsc$/.test(file));
  for (const file of files.sort(newestFirst)) {
    const type = avro.Type.forSchema(JSON.parse(readFileSync(`${folder}/${file}`)));
    (byName[type.name] ??= []).push(type);
  }
  return byName;
}

/** The id that follows from a schema: SHA-256 of its canonical form, 4 bytes, without the top bit. */
export const fixedId = (type) => type.fingerprint("sha256").readUInt32BE() & 0x7fffffff;

/** Writes and reads Kafka values: byte 0, schema id, body. */
export class Schemas {
  #types = new Map(); // by id
  #ids = new Map(); // by fixed id: the registry's, where there is one

  constructor(byName) {
    this.newest = Object.fromEntries(Object.entries(byName).map(([name, [first]]) => [name, first]));
    for (const type of Object.values(byName).flat()) this.#types.set(fixedId(type), type);
  }

  /** Learn the ids that a registry gave to these records; one subject per record name. */
  async learn(url) {
    for (const subject of Object.keys(this.newest)) {
      for (const number of await ask(`${url}/subjects/${subject}/versions`)) {
        const { id, schema } = await ask(`${url}/subjects/${subject}/versions/${number}`);
        const type = avro.Type.forSchema(JSON.parse(schema));
        this.#types.set(id, type);
        this.#ids.set(fixedId(type), id);
      }
    }
  }

  /** The value of a record, in the newest version of its schema. */
  write(name, record) {
    const type = this.newest[name];
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32BE(this.#ids.get(fixedId(type)) ?? fixedId(type), 1);
    return Buffer.concat([frame, type.toBuffer(record)]);
  }

  /** What a value holds: {name, record}; null for a schema that is not known here. */
  read(value) {
    const type = value[0] === 0 ? this.#types.get(value.readUInt32BE(1)) : undefined;
    return type ? { name: type.name, record: type.fromBuffer(value.subarray(FRAME_BYTES)) } : null;
  }
}

async function ask(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
  return answer.json();
}
