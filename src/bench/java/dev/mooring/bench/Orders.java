package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How a process obeys its {@link Peer}: it reads an order a line and answers with a line. */
final class Orders {
  private static final String WRONG = "wrong: ";

  private Orders() {}

  /**
   * Has a process obey.
   *
   * @throws IOException if it couldn't
   * @throws Wrong if it found something wrong
   */
  static Peer.Answer ask(Peer process, String order) throws IOException, InterruptedException {
    Peer.Answer answer = process.ask(order);
    if (answer.reason().startsWith(WRONG)) {
      throw new Wrong(answer.reason().substring(WRONG.length()));
    }
    if (answer.refused()) {
      throw new IOException(answer.reason());
    }
    return answer;
  }

  /** Whoever obeys. */
  interface Servant {
    /**
     * Obeys an order.
     *
     * @return what {@link #ok} makes
     * @throws IOException if it can't be
     */
    String obey(String[] order) throws IOException, InterruptedException;
  }

  /** Has orders from stdin obeyed until it ends. */
  static void serve(Servant servant) throws IOException, InterruptedException {
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // What libraries print must not be taken for an answer.
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(answer(servant, line.split(" ", -1)));
    }
  }

  private static String answer(Servant servant, String[] order) throws InterruptedException {
    try {
      return servant.obey(order);
    } catch (Wrong e) {
      return "no " + WRONG + e.getMessage();
    } catch (IOException | UnsupportedOperationException e) {
      return "no " + e.getMessage();
    }
  }

  static String ok(double... values) {
    var line = new StringBuilder("ok");
    for (double value : values) {
      line.append(String.format(Locale.ROOT, " %.3f", value));
    }
    return line.toString();
  }
}
