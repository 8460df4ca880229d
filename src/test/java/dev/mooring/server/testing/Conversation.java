package dev.mooring.server.testing;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static dev.mooring.server.testing.RawClient.i64;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.CloseReason;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.Value;
import dev.mooring.proto.v1.ServerMessage;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A whole session with the guest {@code conformance}, in which everything comes in a known order:
 * what is asked, what must be heard, and what each kind of client does hear.
 */
public final class Conversation {
  private static final int STEPS = 80;

  private final List<Step> steps = new ArrayList<>();

  /** What is asked is left to chance. */
  public Conversation(Random random) {
    long sum = 0;
    for (int i = 0; i < STEPS; i++) {
      int number = random.nextInt(5);
      steps.add(
          switch (random.nextInt(4)) {
            case 0 -> {
              sum += number;
              yield new Step("add", ByteString.EMPTY, number, List.of("sum " + sum));
            }
            case 1 -> {
              byte[] input = new byte[random.nextInt(5_000)];
              random.nextBytes(input);
              yield new Step("echo", ByteString.copyFrom(input), null, List.of(output(input)));
            }
            case 2 -> {
              var heard = new ArrayList<String>();
              for (int event = 1; event <= number; event++) {
                heard.add("event " + event);
              }
              heard.add(output("sent".getBytes(UTF_8)));
              yield new Step("events", ByteString.EMPTY, number, heard);
            }
            default ->
                new Step("fail", ByteString.copyFromUtf8("no"), null, List.of("GUEST_FAILED"));
          });
    }
  }

  /** A call, and all that is heard of it. */
  private record Step(
      String function, ByteString input, @Nullable Integer argument, List<String> heard) {
    CallRequest request() {
      var request = CallRequest.of(function).withInput(input.toByteArray());
      if (argument == null) {
        return request;
      }
      return request.withArguments(
          function.equals("add") ? Value.i64(argument) : Value.i32(argument));
    }

    void send(RawClient client) {
      if (argument == null) {
        client.sendCall(function, input.toByteArray());
      } else {
        client.sendCall(
            function,
            input.toByteArray(),
            function.equals("add") ? i64(argument) : RawClient.i32(argument));
      }
    }
  }

  public List<String> expected() {
    return steps.stream().flatMap(step -> step.heard.stream()).toList();
  }

  public List<String> heardBy(MooringClient client, SocketAddress server) throws Exception {
    var heard = Collections.synchronizedList(new ArrayList<String>());
    var options =
        OpenOptions.module("conformance")
            .onEvent(event -> heard.add("event " + new String(event, UTF_8)));
    try (MooringSession session =
        client.open(server, options).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      var answers = new ArrayList<CompletableFuture<?>>();
      for (Step step : steps) {
        // On the event loop, as events are: so what is heard is in order.
        answers.add(session.call(step.request()).handle((r, e) -> heard.add(described(r, e))));
      }
      for (CompletableFuture<?> answer : answers) {
        answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      assertEquals(
          new SessionEnd.Closed(CloseReason.CLIENT_CLOSED),
          session.closeAsync().get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
    return heard;
  }

  private static String described(@Nullable CallResult result, @Nullable Throwable failure) {
    if (result == null) {
      return failure instanceof MooringException e ? e.code().name() : String.valueOf(failure);
    }
    return result.values().isEmpty() ? output(result.output()) : "sum " + result.i64();
  }

  public List<String> heardBy(RawClient client) throws Exception {
    client.open("conformance");
    var sending =
        CompletableFuture.runAsync(
            () -> {
              steps.forEach(step -> step.send(client));
              client.sendClose();
            });
    var heard = new ArrayList<String>();
    for (ServerMessage m = client.receive(); !m.hasClosed(); m = client.receive()) {
      heard.add(described(m));
    }
    client.assertEnded();
    sending.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return heard;
  }

  private static String described(ServerMessage message) {
    return switch (message.getMessageCase()) {
      case EVENT -> "event " + message.getEvent().getPayload().toStringUtf8();
      case RESULT ->
          message.getResult().getValuesCount() == 0
              ? output(message.getResult().getOutput().toByteArray())
              : "sum " + message.getResult().getValues(0).getI64();
      case ERROR -> message.getError().getCode().name();
      default -> message.toString();
    };
  }

  private static String output(byte[] bytes) {
    return bytes.length + " bytes, " + Arrays.hashCode(bytes);
  }
}
