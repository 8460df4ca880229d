package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How soon a session that rests in memory runs its guest again, and how soon one that sleeps in the
 * store is back, against a read of the disk.
 */
final class Waking implements BenchPart {
  private static final String STORE = "waking";
  private static final int SUM = 7;

  /** In memory; each kind is called as often in a round. */
  private static final int SPACES = 10_000;

  /** Guests that rest, and what is said of them. */
  private static final Map<String, String> GUESTS = guests();

  private final OutliveBench bench;
  private final Map<String, RestingSpaces.Calls> resting = new LinkedHashMap<>();
  private StoreProcess.@Nullable Wakes sleeping;

  Waking(OutliveBench bench) {
    this.bench = bench;
  }

  private static Map<String, String> guests() {
    Map<String, String> guests = new LinkedHashMap<>();
    guests.put(Kept.GUEST, "counter adds 1");
    guests.put("kv", "kv gets one of its ten values of 1,000 bytes");
    return guests;
  }

  @Override
  public String title() {
    return "waking";
  }

  @Override
  public int steps() {
    return GUESTS.size() + 2;
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    wakeInMemory();
    try {
      bench.fill(STORE, bench.plan().stored(), SUM);
      bench.progress().step();
      try (StoreProcess process = bench.alone()) {
        sleeping =
            process.wakes(
                bench.store(STORE),
                bench.setting().guest(Kept.GUEST),
                bench.plan().stored(),
                SUM,
                bench.plan().reads());
      }
      bench.progress().step();
    } finally {
      bench.forget(STORE);
    }
  }

  private void wakeInMemory() throws IOException, InterruptedException {
    for (String guest : GUESTS.keySet()) {
      try (RestingSpaces spaces = RestingSpaces.start(bench.setting(), OutliveBench.PLACEMENT)) {
        resting.put(
            guest,
            spaces.measure(guest, bench.setting().guest(guest), SPACES, bench.plan().rounds()));
      }
      bench.progress().step();
    }
  }

  @Override
  public void report(Report report) {
    var table = new Table(List.of("waking", "p50 (µs)", "p99 (µs)"));
    GUESTS.forEach(
        (guest, label) -> {
          RestingSpaces.Calls calls = resting.get(guest);
          row(table, label + ", at rest", calls == null ? null : calls.resting());
          row(table, label + ", awake", calls == null ? null : calls.awake());
        });
    StoreProcess.Wakes found = sleeping;
    row(table, "a direct read of 4 KiB", found == null ? null : found.direct());
    row(
        table,
        "a session asleep in the store, until it is read",
        found == null ? null : found.read());
    row(table, "the same, until it is a space", found == null ? null : found.whole());
    report.table(table);
    RestingSpaces.Calls counter = resting.get(Kept.GUEST);
    report.figure("wake_ram_us", counter == null ? none() : some(counter.resting().p99()));
    report.figure(
        "wake_disk_vs_read",
        found == null ? none() : some(found.whole().p99() / found.direct().p99()));
    report.figure("disk_read_us", found == null ? none() : some(found.direct().p99()));
    note(report);
  }

  private static void row(Table table, String label, @Nullable Times times) {
    var row = new ArrayList<>(List.of(label));
    row.add(times == null ? "–" : Report.number(times.p50()));
    row.add(times == null ? "–" : Report.number(times.p99()));
    table.add(row);
  }

  private static OptionalDouble none() {
    return OptionalDouble.empty();
  }

  private static OptionalDouble some(double value) {
    return OptionalDouble.of(value);
  }

  private void note(Report report) {
    report.note(
        "At rest and awake: "
            + SPACES
            + " spaces on one loop in a process, each called twice in random order, "
            + bench.plan().rounds()
            + " times after warming up; before each time all go to rest. What is timed is the whole"
            + " call, from the engine's door to its commit: an upper bound of how long a guest"
            + " waits for its first instruction (`wake_ram_us`).");
    report.note(
        "Asleep in the store: one of "
            + bench.plan().stored()
            + " copies of a session of `counter` at random, "
            + bench.plan().reads()
            + " times, in a process that has nothing but the store, in the server's way: from"
            + " asking a reading thread, by reading and decoding, to the space on the thread that"
            + " asked; the space is given another value, equal to the decoded one. Not in it: a"
            + " connection, and the guest's call. Before each, Linux is told to forget what it has"
            + " of the store's tables in memory; what the database has of their indexes in its own"
            + " stays, as in a server that has run for a while"
            + diskBytes()
            + ". A direct read of 4 KiB at a random place in 256 MiB of the same file system comes"
            + " before each (`disk_read_us` is its p99).");
  }

  private String diskBytes() {
    StoreProcess.Wakes found = sleeping;
    return found == null
        ? ""
        : "; "
            + Report.number(found.diskBytes())
            + " bytes were read of the disk for each, on the average";
  }
}
