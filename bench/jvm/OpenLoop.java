// An open loop: event i is due at t0 + i/rate, whatever became of those before. What falls due within 5 ms is handed
// to Kafka's own client together, as that client would linger, so that one request carries it for all partitions. An
// event is as old as its due time says: the wait counts.
//
//   java OpenLoop BOOTSTRAP RATE COUNT UNCOUNTED TOPIC...
//
// Takes events from its input, many before they are due (bench/publisher.py says in which form), writes the due time
// into each, and prints how many of those behind the first UNCOUNTED were handed over more than 1 ms late and when it
// began, in milliseconds since the epoch.

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class OpenLoop {
    /** All events of the longest run of latencies: who makes them would take the core from the system. */
    static final int AHEAD = 250_000;
    static final long LATE = 1_000_000, LEAD = 500_000_000;
    /** As long as the client lingers by default. Here it does not: it woke for nearly each event to see if that was over. */
    static final long LINGER = 5_000_000;

    /** madeAt: where in the value the due time belongs, as Avro writes a long of today: six bytes. */
    record Event(String topic, byte[] key, byte[] value, int madeAt) {
        ProducerRecord<byte[], byte[]> dueAt(long milliseconds) {
            long rest = milliseconds << 1;
            int at = madeAt;
            for (; rest > 127; rest >>>= 7) {
                value[at++] = (byte) (rest & 127 | 128);
            }
            value[at] = (byte) rest;
            return new ProducerRecord<>(topic, key, value);
        }
    }

    public static void main(String[] words) throws Exception {
        double rate = Double.parseDouble(words[1]);
        int count = Integer.parseInt(words[2]), uncounted = Integer.parseInt(words[3]);
        List<String> topics = List.of(words).subList(4, words.length);
        BlockingQueue<Event> ahead = new ArrayBlockingQueue<>(AHEAD);
        CountDownLatch filled = new CountDownLatch(Math.min(count, AHEAD));
        Thread reader = new Thread(() -> read(topics, count, ahead, filled), "events");
        reader.setDaemon(true);
        reader.start();
        filled.await();

        int late = 0;
        AtomicInteger confirmed = new AtomicInteger();
        long began = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
        long start;
        Map<String, Object> client = Map.of("bootstrap.servers", words[0], "linger.ms", 0);
        try (var producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
            topics.forEach(producer::partitionsFor);
            start = System.nanoTime() + LEAD;
            for (int i = 0; i < count; i++) {
                long sinceStart = (long) (i * 1e9 / rate), due = start + sinceStart;
                long handOver = start + (sinceStart / LINGER + 1) * LINGER;
                for (long left; (left = handOver - System.nanoTime()) > 0; ) {
                    LockSupport.parkNanos(left);
                }
                if (System.nanoTime() - handOver > LATE && i >= uncounted) {
                    late++;
                }
                producer.send(ahead.take().dueAt((began + due) / 1_000_000), (metadata, fault) -> {
                    if (fault == null) {
                        confirmed.incrementAndGet();
                    }
                });
            }
        }
        if (confirmed.get() < count) {
            System.err.println(count - confirmed.get() + " of " + count + " events were not confirmed");
            System.exit(1);
        }
        System.out.println(late + " " + (began + start) / 1_000_000);
    }

    static void read(List<String> topics, int count, BlockingQueue<Event> ahead, CountDownLatch filled) {
        try (var in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16))) {
            for (int i = 0; i < count; i++) {
                String topic = topics.get(in.readUnsignedByte());
                byte[] key = in.readNBytes(in.readUnsignedByte());
                byte[] value = in.readNBytes(in.readUnsignedShort());
                ahead.put(new Event(topic, key, value, in.readUnsignedShort()));
                filled.countDown();
            }
        } catch (IOException | InterruptedException fault) {
            System.err.println("fewer events came than the " + count + " announced: " + fault);
            System.exit(1);
        }
    }
}
