package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** How much is written for a call that is to be on the disk. */
final class WrittenBytes implements BenchPart {
  /** Few enough that a batch seldom has two calls of one session. */
  private static final int CONNECTIONS = 8;

  private static final int PAIRS = 16;
  private static final int KEYS = 8;
  private static final int VALUE_BYTES = 64;

  /**
   * A guest, and what is called.
   *
   * @param name of its figure
   */
  private record Guest(String name, String module, List<String> calls, String label) {}

  private static final List<Guest> GUESTS =
      List.of(
          new Guest("counter", "counter", List.of("add 1"), "counter: adds 1"),
          new Guest("kv", "kv", puts(), "kv: puts a value of 64 bytes"),
          new Guest("pages", "touch", List.of("touch 100"), "touch: adds 1 in 100 pages"));

  private record Written(double logBytes, double diskBytes) {}

  private final OutliveBench bench;
  private final Map<Guest, Written> written = new LinkedHashMap<>();

  WrittenBytes(OutliveBench bench) {
    this.bench = bench;
  }

  private static List<String> puts() {
    var puts = new ArrayList<String>();
    for (int i = 0; i < PAIRS; i++) {
      String value = Character.toString('a' + i).repeat(VALUE_BYTES);
      puts.add("put key" + i % KEYS + "=" + value);
    }
    return puts;
  }

  @Override
  public String title() {
    return "bytes written";
  }

  @Override
  public int steps() {
    return GUESTS.size();
  }

  @Override
  public void measure() throws IOException, InterruptedException {
    for (Guest guest : GUESTS) {
      try (ServerProcess server = bench.start(List.of(guest.module), "bytes", List.of())) {
        var options =
            new ArrayList<>(
                List.of(
                    "--module",
                    guest.module,
                    "--payload",
                    "0",
                    "--connections",
                    Integer.toString(CONNECTIONS),
                    "--count",
                    Integer.toString(bench.plan().calls()),
                    "--warm-up",
                    "0"));
        guest.calls.forEach(call -> options.addAll(List.of("--call", call)));
        StoreIo before = StoreIo.of(server);
        bench.loadOnly(server, "disk", options);
        StoreIo since = StoreIo.of(server).since(before);
        double calls = bench.plan().calls();
        written.put(guest, new Written(since.bytes() / calls, since.diskBytes() / calls));
      } finally {
        bench.forget("bytes");
      }
    }
  }

  @Override
  public void report(Report report) {
    var table = new Table(List.of("bytes written for a call", "by the store's log", "by the disk"));
    written.forEach(
        (guest, bytes) ->
            table.add(
                List.of(
                    guest.label, Report.number(bytes.logBytes), Report.number(bytes.diskBytes))));
    report.table(table);
    report.note(
        "Bytes are of "
            + bench.plan().calls()
            + " calls over "
            + CONNECTIONS
            + " connections, openings and endings included, as Linux counts what the thread wrote"
            + " that writes to the store, and what the process had written to the disk: whole"
            + " blocks for each sync, and the store's tables.");
    for (Guest guest : GUESTS) {
      Written bytes = written.get(guest);
      report.figure(
          "bytes_written_per_call_" + guest.name,
          bytes == null ? OptionalDouble.empty() : OptionalDouble.of(bytes.logBytes));
    }
  }
}
