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
    /** As long as the client lingers by default. It does not: it woke for nearly each event to look whether to send. */
    static final long LINGER = 5_000_000;
    /** Another thread, on the other core, hands over what the first has not by then: a host takes a core for some ms. */
    static final long SECOND = 400_000;

    static final String SECOND_NAME = "second"; // bench/publisher.py puts it on that core

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

    private final BlockingQueue<Event> ahead = new ArrayBlockingQueue<>(AHEAD);
    private final AtomicInteger confirmed = new AtomicInteger();
    private final KafkaProducer<byte[], byte[]> producer;
    private final double rate;
    private final int count, uncounted;
    /** Nanoseconds of this process, and how much later it is since the epoch. */
    private long start, sinceEpoch;
    private int next, late;

    private OpenLoop(Map<String, Object> client, double rate, int count, int uncounted) {
        producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
        this.rate = rate;
        this.count = count;
        this.uncounted = uncounted;
    }

    public static void main(String[] words) throws Exception {
        var client = Map.<String, Object>of(
                "bootstrap.servers", words[0], "linger.ms", 0, "metrics.sample.window.ms", 600_000);
        var loop = new OpenLoop(
                client, Double.parseDouble(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
        loop.run(List.of(words).subList(4, words.length));
        if (loop.confirmed.get() < loop.count) {
            System.err.println(loop.count - loop.confirmed.get() + " of " + loop.count + " events were not confirmed");
            System.exit(1);
        }
        System.out.println(loop.late + " " + (loop.sinceEpoch + loop.start) / 1_000_000);
    }

    private void run(List<String> topics) throws InterruptedException {
        CountDownLatch filled = new CountDownLatch(Math.min(count, AHEAD));
        Thread reader = new Thread(() -> read(topics, filled), "events");
        reader.setDaemon(true);
        reader.start();
        filled.await();
        topics.forEach(producer::partitionsFor);
        sinceEpoch = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
        start = System.nanoTime() + LEAD;
        Thread second = new Thread(() -> watch(SECOND), SECOND_NAME);
        second.start();
        watch(0);
        second.join();
        producer.close();
    }

    /** Wakes when a group is due, so many nanoseconds behind it, until all are handed over. */
    private void watch(long behind) {
        for (long due = start + LINGER; handOver(); due += LINGER) {
            for (long left; (left = due + behind - System.nanoTime()) > 0; ) {
                LockSupport.parkNanos(left);
            }
        }
    }

    /** What is due and not handed over yet; whether more will be. */
    private synchronized boolean handOver() {
        for (; next < count; next++) {
            long sinceStart = (long) (next * 1e9 / rate), now = System.nanoTime();
            long due = start + (sinceStart / LINGER + 1) * LINGER;
            if (now < due) {
                return true;
            }
            if (now - due > LATE && next >= uncounted) {
                late++;
            }
            producer.send(ahead.remove().dueAt((sinceEpoch + start + sinceStart) / 1_000_000), (metadata, fault) -> {
                if (fault == null) {
                    confirmed.incrementAndGet();
                }
            });
        }
        return false;
    }

    private void read(List<String> topics, CountDownLatch filled) {
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
