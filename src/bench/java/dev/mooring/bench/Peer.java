package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process that is asked for measurements, one at a time ({@link Worker} says how). One thread.
 */
final class Peer implements AutoCloseable {
  private static final int ANSWER_SECONDS = 120;
  private static final String END = "no answer: the process has ended";

  private final Process process;
  private final OutputStream orders;
  private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();

  private Peer(Process process) {
    this.process = process;
    this.orders = process.getOutputStream();
    Thread.ofPlatform().daemon().start(this::read);
  }

  static Peer start(List<String> command) throws IOException {
    return new Peer(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private void read() {
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answers.add(line);
      }
    } catch (IOException e) {
      // As at the end: nobody answers any more.
    }
    answers.add("no " + END);
  }

  /** Asks, and waits for the answer. */
  Answer ask(String order) throws InterruptedException {
    try {
      orders.write((order + "\n").getBytes(StandardCharsets.UTF_8));
      orders.flush();
    } catch (IOException e) {
      // The reason is in the answers.
    }
    String line = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (line == null) {
      process.destroyForcibly();
      return Answer.no("no answer to '" + order + "' within " + ANSWER_SECONDS + " s");
    }
    if (line.endsWith(END)) {
      answers.add(line);
    }
    return Answer.of(line);
  }

  @Override
  public void close() {
    // It keeps nothing that it could lose.
    process.destroyForcibly().onExit().join();
  }

  /**
   * What a process said.
   *
   * @param words numbers, if there are any
   * @param reason why there are none; empty if there are
   */
  record Answer(List<String> words, String reason) {
    static Answer of(String line) {
      if (line.startsWith("ok")) {
        return new Answer(
            line.length() < 4 ? List.of() : List.of(line.substring(3).split(" ", -1)), "");
      }
      return no(line.substring(Math.min(3, line.length())));
    }

    static Answer no(String reason) {
      return new Answer(List.of(), reason);
    }

    boolean refused() {
      return !reason.isEmpty();
    }

    double value() {
      return Double.parseDouble(words.get(0));
    }

    /** What came with the value: a checksum or a count; empty if nothing did. */
    String remark() {
      return words.size() < 2 ? "" : words.get(1);
    }
  }
}
