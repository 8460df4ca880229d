package dev.mooring.bench;

import dev.mooring.client.CallResult;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Whether a server answers rightly what it is measured by. One thread. */
final class AnswerCheck {
  /** The modules that a server must have. */
  static final List<String> GUESTS = List.of("echo", "page17", "work");

  private static final int SECONDS = 30;
  private static final int[] LENGTHS = {0, 1, 64, 127, 128, 1 << 10, 64 << 10};
  private static final int PIPELINED = 100;
  private static final int SHOWN_BYTES = 64;
  private static final long SEED = 20_261_124;

  /** Of `work` with an input of 64 zeros. */
  private static final String WORKED =
      "c9d16dc8788a60d8a8080565f2d2d49ad82073b828742d0783cedc484269b2f1";

  private final String address;
  private final Rival rival;
  private final Random random = new Random(SEED);

  private AnswerCheck(Rival rival, String address) {
    this.rival = rival;
    this.address = address;
  }

  /**
   * Opens sessions and calls; compares every answer.
   *
   * @param door at which it asks
   * @throws Wrong at the first that is not what it must be
   */
  static void run(Rival rival, Door door, int port) throws InterruptedException {
    try (var client = MooringClient.create()) {
      var check = new AnswerCheck(rival, door.address(port));
      check.echo(client);
      if (rival.runsGuests()) {
        check.ownInstances(client);
        check.work(client);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new Wrong(rival.label() + ": " + e);
    }
  }

  private MooringSession open(MooringClient client, String module)
      throws InterruptedException, ExecutionException, TimeoutException {
    return client.open(address, OpenOptions.module(module)).get(SECONDS, TimeUnit.SECONDS);
  }

  private void echo(MooringClient client)
      throws InterruptedException, ExecutionException, TimeoutException {
    MooringSession session = open(client, "echo");
    for (int length : LENGTHS) {
      byte[] sent = bytes(length);
      same(sent, get(session.call("echo", sent)), "an echo of " + length + " bytes");
    }
    var sent = new ArrayList<byte[]>();
    var answers = new ArrayList<CompletableFuture<CallResult>>();
    for (int i = 0; i < PIPELINED; i++) {
      sent.add(bytes(1 + i));
      answers.add(session.call("echo", sent.get(i)));
    }
    for (int i = 0; i < PIPELINED; i++) {
      same(sent.get(i), get(answers.get(i)), "pipelined echo " + i);
    }
    session.closeAsync().get(SECONDS, TimeUnit.SECONDS);
  }

  /** Two sessions count each for itself, and a call that the guest refuses leaves them open. */
  private void ownInstances(MooringClient client)
      throws InterruptedException, ExecutionException, TimeoutException {
    MooringSession one = open(client, "page17");
    MooringSession other = open(client, "page17");
    for (int i = 1; i <= 3; i++) {
      count(i, one);
    }
    count(1, other);
    try {
      get(one.call("echo", bytes(65)));
      throw new Wrong(rival.label() + ": the guest takes at most 64 bytes, and 65 were echoed");
    } catch (ExecutionException refused) {
      count(4, one);
    }
    for (MooringSession session : List.of(one, other)) {
      session.closeAsync().get(SECONDS, TimeUnit.SECONDS);
    }
  }

  private void count(long expected, MooringSession session)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<Value> got = get(session.call("inc")).values();
    Wrong.check(
        got.equals(List.of(Value.i64(expected))),
        rival.label() + ": inc() is " + got + " instead of " + expected);
  }

  private void work(MooringClient client)
      throws InterruptedException, ExecutionException, TimeoutException {
    MooringSession session = open(client, "work");
    same(HexFormat.of().parseHex(WORKED), get(session.call("work", new byte[64])), "work");
    session.closeAsync().get(SECONDS, TimeUnit.SECONDS);
  }

  private static CallResult get(CompletableFuture<CallResult> answer)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(SECONDS, TimeUnit.SECONDS);
  }

  private void same(byte[] expected, CallResult got, String what) {
    byte[] bytes = got.output();
    Wrong.check(
        Arrays.equals(expected, bytes),
        rival.label()
            + ": "
            + what
            + " was answered with "
            + bytes.length
            + " bytes: "
            + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, SHOWN_BYTES)));
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
