package dev.mooring.bench;

import dev.mooring.guest.compile.InterruptionCheck;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A process in which one engine is measured. It reads an order a line and answers with a line:
 * {@code ok} and numbers, or {@code no} and the reason why there are none.
 *
 * <p>The orders, whose times are samples of about MILLIS:
 *
 * <pre>
 * ready                               ok
 * start FILE FUNCTION CALLS           nanoseconds to load a module, open a session and call it so
 *                                     often; once in a process, which has loaded nothing before
 * open FILE FUNCTION MILLIS           nanoseconds to open a session
 * first FILE FUNCTION MILLIS          nanoseconds to open a session and call it once
 * live FILE FUNCTION COUNT            bytes for each of so many sessions, each called once
 * rest FILE FUNCTION COUNT            the same, once none of them has run for a while
 * cycle FILE FUNCTION COUNT MILLIS    nanoseconds a call, over so many live sessions in turn; 0:
 *                                     as many as this engine holds; and how many there were
 * compute FILE FUNCTION N MILLIS      nanoseconds a call with the argument n; and the checksum
 * echo FILE MILLIS                    nanoseconds a call that echoes 64 bytes
 * allocation FILE CALLS               bytes that such a call allocates
 * touch FILE PAGES MILLIS             nanoseconds a call that writes to so many pages
 * rollback FILE PAGES MILLIS          the same, where it traps at its end and is undone
 * stop FILE COUNT DEADLINE            nanoseconds from a deadline, in milliseconds, to the end of a
 *                                     call that runs for ever: so many numbers
 * stopchecked FILE COUNT DEADLINE     the same, of a module that was stopped often before
 * </pre>
 */
final class Worker {
  private final Engine engine;
  private final boolean inHeap;
  private final Map<String, Workload<?>> loaded = new HashMap<>();
  private final Map<String, Calls> calls = new HashMap<>();
  private final Map<String, Stops> stops = new HashMap<>();

  private Worker(Engine engine, boolean inHeap) {
    this.engine = engine;
    this.inHeap = inHeap;
  }

  /** Serves orders from stdin until it ends. The argument is an engine's name. */
  public static void main(String[] args) throws IOException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // What libraries print must not be taken for an answer.
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Worker worker;
    try {
      worker = named(args[0]);
    } catch (Exception | LinkageError e) {
      out.println("no " + reason(e));
      return;
    }
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(worker.answer(line));
    }
  }

  private static Worker named(String name) {
    return switch (name) {
      case "mooring" -> mooring(InterruptionCheck.SWITCH);
      case "unchecked" -> mooring(InterruptionCheck.NONE);
      case "interruptible" -> mooring(InterruptionCheck.THREAD);
      case "chicory" -> new Worker(new ChicoryEngine(), true);
      case "wasmtime" -> new Worker(new WasmtimeEngine(), false);
      default -> throw new IllegalArgumentException("no engine called " + name);
    };
  }

  private static Worker mooring(InterruptionCheck check) {
    return new Worker(new MooringEngine(check), true);
  }

  private String answer(String line) {
    try {
      return "ok" + obey(line.split(" ", -1));
    } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
      return "no " + reason(e);
    }
  }

  private static String reason(Throwable e) {
    // One line, made with next to nothing: there may be no memory left.
    return String.valueOf(e).replace('\n', ' ');
  }

  private String obey(String[] order) throws Exception {
    return switch (order[0]) {
      case "ready" -> "";
      case "start" -> number(startNanos(engine, order));
      case "open" -> number(workload(order).openNanos(integer(order[3]), false));
      case "first" -> number(workload(order).openNanos(integer(order[3]), true));
      case "live" -> number(bytesPerLive(workload(order), integer(order[3]), false));
      case "rest" -> number(bytesPerLive(workload(order), integer(order[3]), true));
      case "cycle" -> {
        int count = integer(order[3]) == 0 ? engine.maxLive() : integer(order[3]);
        yield number(workload(order).cycleNanos(count, integer(order[4]))) + " " + count;
      }
      case "compute" -> {
        var computed = workload(order).computeNanos(integer(order[3]), integer(order[4]));
        yield number(computed.nanos()) + " " + computed.checksum();
      }
      case "echo" -> number(calls(order).echoNanos(integer(order[2])));
      case "allocation" -> number(calls(order).bytesPerEcho(integer(order[2])));
      case "touch" -> number(calls(order).touchNanos(integer(order[2]), integer(order[3])));
      case "rollback" -> number(calls(order).rollbackNanos(integer(order[2]), integer(order[3])));
      case "stop" -> numbers(stops(order).withFreeCheck(integer(order[2]), integer(order[3])));
      case "stopchecked" ->
          numbers(stops(order).withRealCheck(integer(order[2]), integer(order[3])));
      default -> throw new IllegalArgumentException("no order called " + order[0]);
    };
  }

  private static double startNanos(Engine engine, String[] order) throws Exception {
    byte[] wasm = Files.readAllBytes(Path.of(order[1]));
    long start = System.nanoTime();
    Engine.Guest<?> guest = engine.load(wasm, order[2]);
    return callFirst(guest, integer(order[3])) - start;
  }

  private static <S> long callFirst(Engine.Guest<S> guest, int calls) throws Exception {
    S session = guest.open();
    for (int i = 0; i < calls; i++) {
      guest.call(session, 0);
    }
    long end = System.nanoTime();
    guest.close(session);
    return end;
  }

  private Calls calls(String[] order) throws Exception {
    Calls found = calls.get(order[1]);
    if (found == null) {
      found = new Calls(mooring(), Files.readAllBytes(Path.of(order[1])));
      calls.put(order[1], found);
    }
    return found;
  }

  private Stops stops(String[] order) throws Exception {
    Stops found = stops.get(order[1]);
    if (found == null) {
      found = new Stops(mooring(), Files.readAllBytes(Path.of(order[1])));
      stops.put(order[1], found);
    }
    return found;
  }

  private MooringEngine mooring() {
    if (engine instanceof MooringEngine mooring) {
      return mooring;
    }
    throw new UnsupportedOperationException(
        "this engine can neither undo a call, nor stop it, nor rest");
  }

  private Workload<?> workload(String[] order) throws Exception {
    // Those that cycle stay open between samples, so that engines that warm up each session do.
    String live = order[0].equals("cycle") ? order[3] : "";
    String key = order[1] + " " + order[2] + " " + live;
    Workload<?> found = loaded.get(key);
    if (found == null) {
      found = workload(engine.load(Files.readAllBytes(Path.of(order[1])), order[2]));
      loaded.put(key, found);
    }
    return found;
  }

  private <S> Workload<S> workload(Engine.Guest<S> guest) {
    return new Workload<>(guest, engine.maxLive());
  }

  private double bytesPerLive(Workload<?> workload, int wanted, boolean atRest) throws Exception {
    int count = wanted == 0 ? engine.maxLive() : wanted;
    // The first sessions of a module bring what all share.
    workload.openLive(1);
    workload.closeAll();
    long before = usedBytes();
    workload.openLive(count);
    if (atRest) {
      mooring().letRest();
    }
    long after = usedBytes();
    workload.closeAll();
    return (double) (after - before) / count;
  }

  private long usedBytes() throws IOException {
    return inHeap ? Heap.usedBytes() : Heap.residentBytes();
  }

  private static int integer(String word) {
    return Integer.parseInt(word);
  }

  private static String numbers(long[] values) {
    var text = new StringBuilder();
    for (long value : values) {
      text.append(' ').append(value);
    }
    return text.toString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, " %.4f", value);
  }
}
