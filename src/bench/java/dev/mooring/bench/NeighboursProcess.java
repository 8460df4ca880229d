package dev.mooring.bench;

import dev.mooring.bench.Neighbours.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The process that bad neighbours live in. They would have machines of their own, so theirs mustn't
 * be the processors that the server needs: they go on whenever the server waits for them. In the
 * light sessions' process they would hold those up, as a collector waits for every thread, however
 * seldom it runs.
 *
 * <p>It reads an order a line and answers with a line:
 *
 * <pre>
 * yield               from now on all others go first: ok, or no if it can't be so here
 * start KIND WORK     ok; WORK is what a heavy call is asked for
 * stop                ok, and two numbers: what they did, and how often it went otherwise
 * </pre>
 */
final class NeighboursProcess implements AutoCloseable {
  private static final List<String> JVM = List.of("-Xmx512m", "-XX:+UseSerialGC");

  private final Peer process;
  private final boolean yielding;

  private NeighboursProcess(Peer process) throws InterruptedException {
    this.process = process;
    this.yielding = !process.ask("yield").refused();
  }

  /** Starts it, with no neighbours in it. */
  static NeighboursProcess start(Setting setting, int port)
      throws IOException, InterruptedException {
    return new NeighboursProcess(
        Peer.start(setting.java(JVM, NeighboursProcess.class, Integer.toString(port))));
  }

  /** Whether it lets all others go first. */
  boolean isYielding() {
    return yielding;
  }

  void start(Kind kind, int heavyWork) throws InterruptedException {
    obeyed(process.ask("start " + kind + " " + heavyWork));
  }

  /**
   * What became of them.
   *
   * @param done how often they did what is bad of them
   * @param other how often it went otherwise
   */
  record Deeds(long done, long other) {}

  /** Ends them all, and waits until that is done. */
  Deeds stop() throws InterruptedException {
    List<String> words = obeyed(process.ask("stop")).words();
    return new Deeds(Long.parseLong(words.get(0)), Long.parseLong(words.get(1)));
  }

  private static Peer.Answer obeyed(Peer.Answer answer) {
    if (answer.refused()) {
      throw new IllegalStateException("the neighbours' process: " + answer.reason());
    }
    return answer;
  }

  @Override
  public void close() {
    process.close();
  }

  /** Obeys orders from stdin until it ends. The argument is the server's port. */
  public static void main(String[] args) throws Exception {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // What libraries print must not be taken for an answer.
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (var loop = new LoadLoop(Integer.parseInt(args[0]))) {
      @Nullable Neighbours neighbours = null;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] order = line.split(" ", -1);
        switch (order[0]) {
          case "yield" -> {
            boolean set = loop.thread().submit(Scheduling.WHEN_IDLE::apply).get();
            out.println(set ? "ok" : "no such scheduling here");
          }
          case "start" -> {
            neighbours = new Neighbours(loop, Kind.valueOf(order[1]), Integer.parseInt(order[2]));
            out.println("ok");
          }
          case "stop" -> {
            if (neighbours == null) {
              out.println("no neighbours to stop");
            } else {
              neighbours.stop();
              out.println("ok " + neighbours.done() + " " + neighbours.other());
              neighbours = null;
            }
          }
          default -> out.println("no order called " + order[0]);
        }
      }
    }
  }
}
