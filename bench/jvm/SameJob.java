// The whole job in Kafka Streams: same topics, same ledger entries, same reasons as the line on the corpus.
// What the gateway keeps in gateway.state stands in persistent stores with changelogs here; their cache is off,
// because ids hardly repeat. One thread, exactly_once_v2, a commit every 100 ms. No limits, patterns or check
// characters: it takes what Avro takes.
//
//   java SameJob.java BOOTSTRAP RULES.json STATE_FOLDER

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public final class SameJob {
    static final long HOUR = 3_600_000L, DAY = 86_400_000L;
    static final List<String> STORES = List.of("seen", "cases", "requests", "used", "chain");

    // One thread, and forward() calls the sink at once: where the record in hand goes stands here.
    static String topic;
    static int partition;

    static final class No extends Exception {
        final String reason;
        final transient Rule rule;

        No(String reason, Rule rule) {
            super(reason, null, false, false);
            this.reason = reason;
            this.rule = rule;
        }
    }

    static final class Rule {
        final String id, leastTrust, issuingScope, recognisingScope;
        final int version, cap;
        final boolean allows, consent;
        final long from, to, answerWithin;
        final Set<String> items, useKinds, purposes, bases, fields, states, modes;

        Rule(JsonNode node) {
            id = node.path("id").asText();
            version = node.path("version").asInt();
            cap = node.path("daily_cap").asInt();
            allows = node.path("allows").asBoolean(true);
            consent = node.path("consent_required").asBoolean();
            from = node.path("effective_from").asLong();
            to = node.path("effective_to").asLong(Long.MAX_VALUE);
            answerWithin = node.path("answer_within_seconds").asLong() * 1000;
            leastTrust = node.path("least_trust").asText();
            issuingScope = node.path("issuing_prefix").asText();
            recognisingScope = node.path("recognising_prefix").asText();
            items = set(node, "items");
            useKinds = set(node, "use_kinds");
            purposes = set(node, "purposes");
            bases = set(node, "legal_bases");
            fields = set(node, "fields");
            states = set(node, "accepted_states");
            modes = set(node, "modes");
        }

        static Set<String> set(JsonNode node, String name) {
            Set<String> found = new HashSet<>();
            node.path(name).forEach(one -> found.add(one.asText()));
            return found;
        }

        boolean inForce(long at) {
            return from <= at && at < to;
        }
    }

    static final class Contract {
        final String name;
        final int version;
        final GenericDatumReader<GenericRecord> reader;
        GenericRecord reuse;

        Contract(String name, int version, Schema schema) {
            this.name = name;
            this.version = version;
            this.reader = new GenericDatumReader<>(schema);
        }
    }

    static final class Writer {
        final byte[] frame;
        final Schema schema;
        final GenericDatumWriter<GenericRecord> writer;
        final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        BinaryEncoder encoder;

        Writer(byte[] frame, Schema schema) {
            this.frame = frame;
            this.schema = schema;
            this.writer = new GenericDatumWriter<>(schema);
        }

        byte[] write(GenericRecord record) throws Exception {
            out.reset();
            out.write(frame);
            encoder = EncoderFactory.get().binaryEncoder(out, encoder);
            writer.write(record, encoder);
            encoder.flush();
            return out.toByteArray();
        }
    }

    /** What files say; read once, shared by all tasks. */
    static final class Definitions {
        final int number;
        final Map<String, String> division = new HashMap<>(), receipts = new HashMap<>();
        final Map<String, List<Rule>> rules = new HashMap<>(), services = new HashMap<>();
        final Map<String, Rule> byId = new HashMap<>();
        final Map<Integer, Contract> contracts = new HashMap<>();
        Writer ledger, receipt, keptCase, keptRequest;
        final Schema outcome, receiptOutcome;

        Definitions(JsonNode root) {
            number = root.path("number").asInt();
            root.path("regions").forEach(node -> {
                division.put(node.path("name").asText(), node.path("division").asText());
                receipts.put(node.path("name").asText(), node.path("receipts").asText());
            });
            root.path("recognition").forEach(node -> {
                Rule rule = new Rule(node);
                byId.put(rule.id + "@" + rule.version, rule);
                node.path("licence_types").forEach(type -> list(
                        rules, node.path("recognising").asText() + "/" + node.path("issuing").asText() + "/" + type.asText())
                    .add(rule));
            });
            root.path("services").forEach(node -> {
                Rule rule = new Rule(node);
                rule.items.forEach(item -> list(
                        services, node.path("receiving").asText() + "/" + node.path("deciding").asText() + "/" + item)
                    .add(rule));
            });
            Comparator<Rule> closest = Comparator.<Rule, Boolean>comparing(rule -> rule.items.contains("*"))
                .thenComparing(rule -> -rule.issuingScope.length())
                .thenComparing(rule -> -rule.recognisingScope.length())
                .thenComparing(rule -> rule.allows)
                .thenComparing(rule -> -rule.version);
            rules.values().forEach(some -> some.sort(closest));
            root.path("contracts").forEach(node -> {
                Schema schema = new Schema.Parser().parse(node.path("schema").asText());
                int id = node.path("schema_id").asInt();
                byte[] frame = ByteBuffer.allocate(5).put((byte) 0).putInt(id).array();
                String name = node.path("name").asText();
                if (name.equals("ledger-entry")) {
                    ledger = new Writer(frame, schema);
                } else if (name.equals("event-receipt")) {
                    receipt = new Writer(frame, schema);
                } else if (name.equals("state-entry")) {
                    keptCase = new Writer(new byte[0], schema.getField("case").schema().getTypes().get(1));
                    keptRequest = new Writer(new byte[0], schema.getField("request").schema().getTypes().get(1));
                } else {
                    contracts.put(id, new Contract(name, node.path("version").asInt(), schema));
                }
            });
            outcome = ledger.schema.getField("outcome").schema();
            receiptOutcome = receipt.schema.getField("outcome").schema();
        }

        static List<Rule> list(Map<String, List<Rule>> map, String key) {
            return map.computeIfAbsent(key, ignored -> new ArrayList<>());
        }
    }

    static final Map<String, String[]> NEXT = Map.of(
        "SUBMITTED RECEIVED", new String[] {"receiving", "FORWARDED"},
        "SUBMITTED WITHDRAWN", new String[] {"receiving", "WITHDRAWN"},
        "FORWARDED TAKEN_OVER", new String[] {"deciding", "TAKEN_OVER"},
        "FORWARDED RETURNED", new String[] {"deciding", "RETURNED"},
        "TAKEN_OVER ACCEPTED", new String[] {"deciding", "ACCEPTED"},
        "TAKEN_OVER RETURNED", new String[] {"deciding", "RETURNED"},
        "ACCEPTED IN_REVIEW", new String[] {"deciding", "IN_REVIEW"},
        "IN_REVIEW APPROVED", new String[] {"deciding", "APPROVED"},
        "APPROVED DELIVERED", new String[] {"deciding", "DELIVERED"});
    static final Map<String, String> BALL =
        Map.of("SUBMITTED", "receiving", "FORWARDED", "deciding", "TAKEN_OVER", "deciding", "ACCEPTED", "deciding");
    static final Set<String> ENDED = Set.of("DELIVERED", "RETURNED", "WITHDRAWN");

    static final class Job implements Processor<byte[], byte[], byte[], byte[]> {
        final Definitions definitions;
        ProcessorContext<byte[], byte[]> context;
        KeyValueStore<byte[], byte[]> seen, cases, requests, used, chain;
        MessageDigest sha;
        BinaryDecoder decoder;
        GenericRecord entry, event, kept;
        GenericDatumReader<GenericRecord> caseReader, requestReader;
        String source, target, caseId, eventId;
        long at;
        static final byte[] CHAIN = "chain".getBytes(StandardCharsets.UTF_8);

        Job(Definitions definitions) {
            this.definitions = definitions;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> given) {
            context = given;
            seen = context.getStateStore("seen");
            cases = context.getStateStore("cases");
            requests = context.getStateStore("requests");
            used = context.getStateStore("used");
            chain = context.getStateStore("chain");
            caseReader = new GenericDatumReader<>(definitions.keptCase.schema);
            requestReader = new GenericDatumReader<>(definitions.keptRequest.schema);
            try {
                sha = MessageDigest.getInstance("SHA-256");
            } catch (Exception fault) {
                throw new IllegalStateException(fault);
            }
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            try {
                decide(record, context.recordMetadata().orElseThrow());
            } catch (RuntimeException fault) {
                throw fault;
            } catch (Exception fault) {
                throw new IllegalStateException(fault);
            }
        }

        void decide(Record<byte[], byte[]> record, RecordMetadata place) throws Exception {
            byte[] value = record.value();
            partition = place.partition();
            at = record.timestamp();
            byte[] before = chain.get(CHAIN);
            long seq = before == null ? 0 : ByteBuffer.wrap(before).getLong();
            byte[] prev = before == null ? new byte[32] : Arrays.copyOfRange(before, 8, 40);
            source = place.topic().substring(0, place.topic().length() - ".outbox".length());
            byte[] digest = sha.digest(value);
            open(seq, prev, place, digest);
            caseId = eventId = null;
            String outcome = "delivered", reason = null;
            try {
                read(value);
                byte[] first = admit(digest);
                if (first != null) {
                    outcome = "duplicate";
                    reason = "repeat";
                    ByteBuffer stored = ByteBuffer.wrap(first, 8, first.length - 8);
                    entry.put("of", stored.getLong());
                    String[] ends = new String(first, 16, first.length - 16, StandardCharsets.UTF_8).split(" ", 2);
                    entry.put("first_outcome", ends[0]);
                    entry.put("first_reason", ends.length > 1 ? ends[1] : null);
                } else {
                    judge();
                    hand(record.key(), value, "inbox", target + ".inbox", header(place, seq));
                }
            } catch (No no) {
                outcome = "refused";
                reason = no.reason;
                if (no.rule != null) {
                    note(no.rule);
                }
            }
            entry.put("outcome", new GenericData.EnumSymbol(definitions.outcome, outcome));
            entry.put("reason", reason);
            if (outcome.equals("refused") || (outcome.equals("delivered") && definitions.receipts.get(source).equals("all"))) {
                hand(record.key(), receipt(place, digest, outcome, reason), "receipts", source + ".receipts", header(place, seq));
            }
            if (eventId != null && !outcome.equals("duplicate") && !"wrong-source".equals(reason)) {
                byte[] ends = (reason == null ? outcome : outcome + " " + reason).getBytes(StandardCharsets.UTF_8);
                seen.put(identity(), ByteBuffer.allocate(16 + ends.length).put(digest, 0, 8).putLong(place.offset()).put(ends).array());
            }
            byte[] written = definitions.ledger.write(entry);
            chain.put(CHAIN, ByteBuffer.allocate(40).putLong(seq + 1).put(sha.digest(written)).array());
            hand(caseId == null ? null : bytes(caseId), written, "ledger", "gateway.ledger", null);
        }

        void open(long seq, byte[] prev, RecordMetadata place, byte[] digest) {
            Schema schema = definitions.ledger.schema;
            if (entry == null) {
                entry = new GenericData.Record(schema);
            }
            for (int position = 0; position < schema.getFields().size(); position++) {
                entry.put(position, null);
            }
            entry.put("seq", seq);
            entry.put("prev", new GenericData.Fixed(schema.getField("prev").schema(), prev));
            entry.put("writer", 0);
            entry.put("topic", place.topic());
            entry.put("offset", place.offset());
            entry.put("arrived_at", at);
            entry.put("decided_at", System.currentTimeMillis());
            entry.put("definitions_number", definitions.number);
            entry.put("source", source);
            entry.put("hash_in", new GenericData.Fixed(schema.getField("prev").schema(), digest));
        }

        void read(byte[] value) throws No {
            if (value.length < 5 || value[0] != 0) {
                throw new No("bad-frame", null);
            }
            Contract contract = definitions.contracts.get(ByteBuffer.wrap(value, 1, 4).getInt());
            if (contract == null) {
                throw new No("unknown-schema", null);
            }
            boolean whole;
            try {
                decoder = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, decoder);
                contract.reuse = contract.reader.read(contract.reuse, decoder);
                whole = decoder.isEnd();
            } catch (Exception fault) {
                throw new No("malformed", null);
            }
            if (!whole) {
                throw new No("trailing-bytes", null);
            }
            event = contract.reuse;
            eventId = text("event_id");
            caseId = text("case_id");
            target = text("target");
            entry.put("event_id", eventId);
            entry.put("case_id", caseId);
            entry.put("contract", contract.name);
            entry.put("contract_version", contract.version);
            if (definitions.division.containsKey(target)) {
                entry.put("target", target);
            }
        }

        byte[] admit(byte[] digest) throws No {
            if (!text("source").equals(source)) {
                throw new No("wrong-source", null);
            }
            byte[] first = seen.get(identity());
            if (first != null) {
                if (!Arrays.equals(first, 0, 8, digest, 0, 8)) {
                    throw new No("conflict", null);
                }
                return first;
            }
            long madeAt = (Long) event.get("made_at");
            if (at - madeAt > 24 * HOUR) {
                throw new No("stale", null);
            }
            if (madeAt - at > 300_000) {
                throw new No("clock-ahead", null);
            }
            if (!definitions.division.containsKey(target)) {
                throw new No("unknown-addressee", null);
            }
            return null;
        }

        void judge() throws Exception {
            byte[] stored = cases.get(bytes(caseId));
            kept = stored == null ? null : caseReader.read(kept, decoder(stored));
            String opener = kept == null ? null : kept.get("opener").toString();
            if (kept != null) {
                String other = kept.get("other").toString();
                if (!(source.equals(opener) && target.equals(other)) && !(source.equals(other) && target.equals(opener))) {
                    throw new No("not-a-party", null);
                }
            } else if (!caseId.startsWith(definitions.division.get(source))) {
                throw new No("not-a-party", null);
            }
            Object stateBefore = kept == null ? null : kept.get("state");
            String before = stateBefore == null ? null : stateBefore.toString();
            switch (entry.get("contract").toString()) {
                case "licence-verification-requested" -> requested(before);
                case "licence-verification-answered" -> answered();
                case "application-submitted" -> submitted(before);
                default -> progressed(before, opener);
            }
            int number = (Integer) kept.get("last_number") + 1;
            kept.put("last_number", number);
            kept.put("changed_at", at);
            cases.put(bytes(caseId), definitions.keptCase.write(kept));
            Object state = kept.get("state");
            String role = state == null ? null : BALL.get(state.toString());
            entry.put("number", number);
            entry.put("opened_by", kept.get("opener"));
            entry.put("state_before", before);
            entry.put("state_after", state);
            entry.put("ball", role != null ? kept.get(role.equals("receiving") ? "opener" : "other")
                : entry.get("due") != null ? target : null);
        }

        void requested(String before) throws Exception {
            entry.put("item", event.get("item"));
            entry.put("licence_type", event.get("licence_type"));
            entry.put("use_kind", event.get("use_kind").toString());
            String issuer = text("licence_id").split("\\.")[6];
            Rule rule = ruleFor(issuer.length() == 6 ? issuer : issuer.substring(2, 8), text("department").substring(2, 8));
            List<Object> fields = new ArrayList<>();
            ((List<?>) event.get("fields")).forEach(field -> fields.add(field.toString()));
            ((List<?>) event.get("claims")).forEach(claim -> fields.add(((GenericRecord) claim).get("field").toString()));
            String basis = text("legal_basis");
            if (!rule.purposes.contains(text("purpose")) || !rule.bases.contains(basis)) {
                throw new No("purpose-not-agreed", rule);
            }
            if (!rule.fields.containsAll(fields)) {
                throw new No("field-not-agreed", rule);
            }
            if ((rule.consent || basis.equals("CONSENT")) && event.get("consent_ref") == null) {
                throw new No("consent-missing", rule);
            }
            count(rule);
            if (!rule.useKinds.contains(text("use_kind"))) {
                throw new No("not-recognised", rule);
            }
            note(rule);
            if (kept == null) {
                openCase();
            }
            long due = at + rule.answerWithin;
            Object expires = kept.get("expires_at");
            if (before == null || expires != null) {
                kept.put("expires_at", Math.max(expires == null ? 0 : (Long) expires, due + 30 * DAY));
            }
            GenericRecord request = new GenericData.Record(definitions.keptRequest.schema);
            request.put("case_id", caseId);
            request.put("event_id", eventId);
            request.put("asker", source);
            request.put("asked", target);
            request.put("licence_type", event.get("licence_type"));
            request.put("rule_id", rule.id);
            request.put("rule_version", rule.version);
            request.put("fields", fields);
            request.put("due", due);
            request.put("answered", false);
            requests.put(bytes(caseId + "/" + eventId), definitions.keptRequest.write(request));
            entry.put("due", due);
        }

        void answered() throws Exception {
            String asked = text("in_reply_to");
            entry.put("in_reply_to", asked);
            byte[] key = bytes(caseId + "/" + asked);
            byte[] stored = kept == null ? null : requests.get(key);
            if (stored == null) {
                throw new No("no-request", null);
            }
            GenericRecord request = requestReader.read(null, decoder(stored));
            if (!request.get("asked").toString().equals(source)) {
                throw new No("not-addressee", null);
            }
            Set<String> granted = new HashSet<>();
            ((List<?>) request.get("fields")).forEach(field -> granted.add(field.toString()));
            for (Object value : (List<?>) event.get("returned")) {
                grant(granted, ((GenericRecord) value).get("field"));
            }
            for (String name : List.of("matched", "mismatched")) {
                for (Object field : (List<?>) event.get(name)) {
                    grant(granted, field);
                }
            }
            if ((Boolean) request.get("answered")) {
                throw new No("already-answered", null);
            }
            if (at > (Long) request.get("due")) {
                throw new No("deadline-passed", null);
            }
            Rule rule = definitions.byId.get(request.get("rule_id") + "@" + request.get("rule_version"));
            note(rule);
            entry.put("licence_type", request.get("licence_type"));
            entry.put("answer", text("outcome"));
            Object state = event.get("licence_state");
            String trust = text("trust_level");
            if (state != null) {
                entry.put("licence_state", state.toString());
                entry.put("recognised", trust.compareTo(rule.leastTrust) <= 0 && rule.states.contains(state.toString()));
            }
            entry.put("trust_level", trust);
            request.put("answered", true);
            requests.put(key, definitions.keptRequest.write(request));
        }

        void submitted(String before) throws Exception {
            entry.put("item", event.get("item"));
            Rule rule = null;
            for (Rule one : definitions.services.getOrDefault(source + "/" + target + "/" + text("item"), List.of())) {
                if (one.inForce(at)) {
                    rule = one;
                    break;
                }
            }
            if (rule == null) {
                throw new No("not-recognised", null);
            }
            String basis = text("legal_basis");
            if (!rule.bases.contains(basis)) {
                throw new No("purpose-not-agreed", rule);
            }
            if ((rule.consent || basis.equals("CONSENT")) && event.get("consent_ref") == null) {
                throw new No("consent-missing", rule);
            }
            count(rule);
            if (!rule.modes.contains(text("mode"))) {
                throw new No("not-recognised", rule);
            }
            if (kept != null && (before != null || !kept.get("opener").toString().equals(source))) {
                throw new No("illegal-transition", null);
            }
            note(rule);
            if (kept == null) {
                openCase();
            }
            kept.put("state", "SUBMITTED");
            kept.put("rule_id", rule.id);
            kept.put("rule_version", rule.version);
            kept.put("expires_at", null);
        }

        void progressed(String before, String opener) throws No {
            if (before == null) {
                throw new No("no-request", null);
            }
            String reported = text("state");
            entry.put("state_reported", reported);
            String[] row = NEXT.get(before + " " + reported);
            if (row == null || !row[0].equals(source.equals(opener) ? "receiving" : "deciding")) {
                throw new No("illegal-transition", null);
            }
            entry.put("rule_id", kept.get("rule_id"));
            entry.put("rule_version", kept.get("rule_version"));
            kept.put("state", row[1]);
            if (row[1].equals("APPROVED")) {
                kept.put("decision", row[1]);
            }
            if (ENDED.contains(row[1])) {
                kept.put("expires_at", at + 30 * DAY);
            }
        }

        void openCase() {
            kept = new GenericData.Record(definitions.keptCase.schema);
            kept.put("case_id", caseId);
            kept.put("opener", source);
            kept.put("other", target);
            kept.put("parent", event.get("parent"));
            kept.put("last_number", 0);
            kept.put("changed_at", at);
        }

        Rule ruleFor(String issuing, String asking) throws No {
            String item = text("item");
            for (Rule rule : definitions.rules.getOrDefault(source + "/" + target + "/" + text("licence_type"), List.of())) {
                if ((rule.items.contains(item) || rule.items.contains("*")) && rule.inForce(at)
                    && issuing.startsWith(rule.issuingScope) && asking.startsWith(rule.recognisingScope)) {
                    if (!rule.allows) {
                        throw new No("not-recognised", rule);
                    }
                    return rule;
                }
            }
            throw new No("not-recognised", null);
        }

        void grant(Set<String> granted, Object field) throws No {
            if (!granted.contains(field.toString())) {
                throw new No("field-not-agreed", null);
            }
        }

        void count(Rule rule) throws No {
            byte[] key = bytes(rule.id + "/" + (at + 8 * HOUR) / DAY);
            byte[] stored = used.get(key);
            int count = stored == null ? 0 : ByteBuffer.wrap(stored).getInt();
            if (count >= rule.cap / 12) {
                throw new No("over-quota", rule);
            }
            used.put(key, ByteBuffer.allocate(4).putInt(count + 1).array());
        }

        void note(Rule rule) {
            entry.put("rule_id", rule.id);
            entry.put("rule_version", rule.version);
        }

        byte[] receipt(RecordMetadata place, byte[] digest, String outcome, String reason) throws Exception {
            Schema schema = definitions.receipt.schema;
            GenericRecord record = new GenericData.Record(schema);
            record.put("event_id", "receipt-" + place.partition() + "-" + place.offset());
            record.put("case_id", caseId == null ? "000000-0000-0" : caseId);
            record.put("source", "gateway");
            record.put("target", source);
            record.put("made_at", entry.get("decided_at"));
            record.put("about_event", eventId);
            record.put("about_topic", place.topic());
            record.put("about_partition", place.partition());
            record.put("about_offset", place.offset());
            record.put("digest", new GenericData.Fixed(schema.getField("digest").schema(), digest));
            record.put("outcome", new GenericData.EnumSymbol(definitions.receiptOutcome, outcome));
            record.put("reason", reason);
            record.put("rule_id", entry.get("rule_id"));
            record.put("rule_version", entry.get("rule_version"));
            record.put("definitions_number", definitions.number);
            record.put("resend", outcome.equals("refused"));
            record.put("explanation", outcome + ": " + place.topic() + "[" + place.partition() + "]@" + place.offset());
            record.put("explanation_chinese", "请更正后以新的事件标识重新发布。");
            record.put("allowed", List.of());
            return definitions.receipt.write(record);
        }

        byte[] header(RecordMetadata place, long seq) {
            Object recognised = entry.get("recognised"), number = entry.get("number"), rule = entry.get("rule_id");
            return bytes("1 " + place.topic() + " " + place.partition() + " " + place.offset() + " " + seq + " "
                + (number == null ? 0 : number) + " " + (recognised == null ? "-" : (Boolean) recognised ? "yes" : "no") + " "
                + (rule == null ? "-" : rule + "@" + entry.get("rule_version")) + " " + definitions.number);
        }

        void hand(byte[] key, byte[] value, String sink, String to, byte[] header) {
            topic = to;
            RecordHeaders headers = new RecordHeaders();
            if (header != null) {
                headers.add("gateway", header);
            }
            context.forward(new Record<>(key, value, at, headers), sink);
        }

        BinaryDecoder decoder(byte[] stored) {
            return DecoderFactory.get().binaryDecoder(stored, null);
        }

        byte[] identity() {
            return bytes(source + "/" + caseId + "/" + eventId);
        }

        String text(String field) {
            return event.get(field).toString();
        }

        static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    public static void main(String[] words) throws Exception {
        JsonNode root = new ObjectMapper().readTree(new File(words[1]));
        Topology topology = new Topology();
        List<String> outboxes = new ArrayList<>();
        root.path("regions").forEach(node -> outboxes.add(node.path("name").asText() + ".outbox"));
        topology.addSource("outboxes", outboxes.toArray(new String[0]));
        Definitions definitions = new Definitions(root);
        topology.addProcessor("job", () -> new Job(definitions), "outboxes");
        for (String store : STORES) {
            topology.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(store), Serdes.ByteArray(), Serdes.ByteArray()).withCachingDisabled(), "job");
        }
        StreamPartitioner<byte[], byte[]> same = (name, key, value, count) -> Optional.of(Set.of(partition % count));
        for (String sink : List.of("inbox", "receipts", "ledger")) {
            topology.addSink(sink, (key, value, context) -> topic,
                Serdes.ByteArray().serializer(), Serdes.ByteArray().serializer(), same, "job");
        }
        KafkaStreams streams = new KafkaStreams(topology, settings(words[0], words[2]));
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close(java.time.Duration.ofSeconds(10));
            ended.countDown();
        }));
        streams.setUncaughtExceptionHandler(fault -> {
            fault.printStackTrace();
            return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        ended.await();
    }

    static Properties settings(String bootstrap, String folder) {
        Properties given = new Properties();
        given.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench-streams");
        given.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        given.put(StreamsConfig.STATE_DIR_CONFIG, folder);
        given.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        given.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        given.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        given.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        given.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        given.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        given.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        given.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        given.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5000);
        given.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 5);
        given.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 262_144);
        return given;
    }
}
