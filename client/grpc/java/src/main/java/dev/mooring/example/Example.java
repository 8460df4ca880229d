package dev.mooring.example;

import com.google.protobuf.ByteString;
import dev.mooring.proto.health.v1.HealthCheckRequest;
import dev.mooring.proto.health.v1.HealthGrpc;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.MooringGrpc;
import dev.mooring.proto.v1.MooringGrpc.MooringBlockingV2Stub;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Mooring by gRPC: {@code example HOST:PORT [--ca FILE] [--token-file FILE]} tells {@code
 * client/grpc/scenario.txt}.
 *
 * <p>What it knows of Mooring is what is generated from the .proto files; {@code
 * client/grpc/README.md} says how.
 */
final class Example {
  private static final String USAGE = "usage: example HOST:PORT [--ca FILE] [--token-file FILE]";
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final HealthGrpc.HealthBlockingV2Stub health;
  private final MooringBlockingV2Stub stub;
  private final String token;

  private Example(Channel channel, String token) {
    health = HealthGrpc.newBlockingV2Stub(channel);
    stub = MooringGrpc.newBlockingV2Stub(channel);
    this.token = token;
  }

  public static void main(String[] args) throws InterruptedException {
    try {
      tell(args);
    } catch (StatusException | IOException | IllegalArgumentException | IllegalStateException e) {
      System.err.println("example: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void tell(String[] args)
      throws StatusException, InterruptedException, IOException {
    if (args.length % 2 == 0) {
      throw new IllegalArgumentException(USAGE);
    }
    ChannelCredentials credentials = InsecureChannelCredentials.create();
    String token = "";
    for (int i = 1; i < args.length; i += 2) {
      Path file = Path.of(args[i + 1]);
      switch (args[i]) {
        case "--ca" ->
            credentials = TlsChannelCredentials.newBuilder().trustManager(file.toFile()).build();
        case "--token-file" -> token = Files.readString(file).strip();
        default -> throw new IllegalArgumentException(USAGE);
      }
    }
    var channel = Grpc.newChannelBuilder(args[0], credentials).build();
    try {
      new Example(channel, token).run();
    } finally {
      channel.shutdownNow();
    }
  }

  /** One stream. Its instance is its own, and lives and keeps its state as long as the stream. */
  private static final class Session {
    private final BlockingClientCall<ClientMessage, ServerMessage> stream;
    private long lastId;

    Session(MooringBlockingV2Stub stub, Open.Builder opening)
        throws StatusException, InterruptedException {
      stream = stub.session();
      send(ClientMessage.newBuilder().setOpen(opening));
    }

    /** What the server says of the session. */
    Opened awaitOpened() throws StatusException, InterruptedException {
      ServerMessage answer = receive();
      if (!answer.hasOpened()) {
        throw new IllegalStateException("the session isn't opened: " + outcome(answer));
      }
      return answer.getOpened();
    }

    /** Waits until the stream has room. */
    void send(ClientMessage.Builder message) throws StatusException, InterruptedException {
      stream.write(message.build());
    }

    /** Doesn't wait for an answer: calls are answered in the order in which they are sent. */
    void sendCall(String function, ByteString input, long... arguments)
        throws StatusException, InterruptedException {
      var call = Call.newBuilder().setId(++lastId).setName(function).setInput(input);
      for (long argument : arguments) {
        call.addArguments(Value.newBuilder().setI64(argument));
      }
      send(ClientMessage.newBuilder().setCall(call));
    }

    ServerMessage receive() throws StatusException, InterruptedException {
      ServerMessage message = stream.read();
      if (message == null) {
        throw new IllegalStateException("the stream has ended");
      }
      return message;
    }

    String call(String function, long... arguments) throws StatusException, InterruptedException {
      sendCall(function, ByteString.EMPTY, arguments);
      return outcome(receive());
    }

    String call(String function, String input) throws StatusException, InterruptedException {
      sendCall(function, ByteString.copyFromUtf8(input));
      return outcome(receive());
    }

    void close() throws StatusException, InterruptedException {
      send(ClientMessage.newBuilder().setClose(Close.getDefaultInstance()));
    }

    void halfClose() {
      stream.halfClose();
    }

    void cancel() {
      stream.cancel("no longer wanted", null);
    }

    /** Reads on to the end: why the session is over, if the server says so, and the status. */
    String end() throws InterruptedException {
      var words = new StringBuilder();
      var status = Status.OK;
      try {
        for (ServerMessage message; (message = stream.read()) != null; ) {
          if (message.hasClosed()) {
            words.append(message.getClosed().getReason()).append(", then ");
          } else if (message.hasError() && message.getError().getId() == 0) {
            words.append(message.getError().getCode()).append(", then ");
          }
        }
      } catch (StatusException e) {
        status = e.getStatus();
      }
      return words.append(status.getCode()).toString();
    }
  }

  private Open.Builder opening(String module) {
    return Open.newBuilder().setProtocolVersion(1).setModule(module).setAuthToken(token);
  }

  private Session open(Open.Builder opening) throws StatusException, InterruptedException {
    var session = new Session(stub, opening);
    session.awaitOpened();
    return session;
  }

  private Session open(String module) throws StatusException, InterruptedException {
    return open(opening(module));
  }

  private void run() throws StatusException, InterruptedException {
    System.out.println("health");
    tellHealth();
    System.out.println("a session");
    var session = new Session(stub, opening("counter"));
    System.out.println("  opened: " + names(session.awaitOpened()));
    System.out.println("  add(5): " + session.call("add", 5));
    System.out.println("  add(37): " + session.call("add", 37));
    System.out.println("  100 times add(1), sent at once: " + add100Times(session));
    System.out.println("another on the same connection");
    Session another = open("counter");
    System.out.println("  add(1): " + another.call("add", 1));
    System.out.println("  get() of the first: " + session.call("get"));
    System.out.println("calls that fail");
    tellFailures();
    System.out.println("events");
    tellEvents();
    System.out.println("endings");
    session.halfClose();
    System.out.println("  the requests end: " + session.end());
    another.close();
    System.out.println("  close: " + another.end());
    tellEndings();
    System.out.println("a kept session");
    tellKept();
    System.out.println("a stream that isn't read");
    tellUnread();
  }

  private void tellHealth() throws InterruptedException {
    for (String service : List.of("", "mooring.v1.Mooring", "nobody")) {
      String name = service.isEmpty() ? "the server" : service;
      System.out.println("  " + name + ": " + check(service));
    }
  }

  private String check(String service) throws InterruptedException {
    try {
      var request = HealthCheckRequest.newBuilder().setService(service).build();
      return health.check(request).getStatus().name();
    } catch (StatusException e) {
      return e.getStatus().getCode().name();
    }
  }

  /** A call that fails has done nothing, and the session goes on. */
  private void tellFailures() throws StatusException, InterruptedException {
    Session session = open("kv");
    System.out.println("  get(anchor): " + session.call("get", "anchor"));
    System.out.println("  put(anchor=let go): " + session.call("put", "anchor=let go"));
    System.out.println("  get(anchor): " + session.call("get", "anchor"));
    System.out.println("  add(1): " + session.call("add", 1));
    session.cancel();
  }

  /** Nothing is called: the guest speaks when its timer is up. */
  private void tellEvents() throws StatusException, InterruptedException {
    Session session = open(opening("ticker").putConfig("interval_ms", "10"));
    for (int i = 0; i < 3; i++) {
      var tick = NUMBER.matcher(session.receive().getEvent().getPayload().toStringUtf8());
      System.out.println("  tick " + (tick.find() ? tick.group() : "without a number"));
    }
    session.cancel();
  }

  private void tellEndings() throws StatusException, InterruptedException {
    var nobody = new Session(stub, opening("nobody"));
    System.out.println("  a module that isn't there: " + nobody.end());
    var red = new Session(stub, opening("kv").putConfig("colour", "red"));
    System.out.println("  a setting that isn't there: " + red.end());
    Session twice = open("counter");
    twice.send(ClientMessage.newBuilder().setOpen(opening("counter")));
    System.out.println("  opened twice: " + twice.end());
    var brief = new Session(stub.withDeadlineAfter(2, TimeUnit.SECONDS), opening("counter"));
    brief.awaitOpened();
    System.out.println("  a deadline: " + brief.end());
    Session cancelled = open("counter");
    cancelled.cancel();
    System.out.println("  cancelled: " + cancelled.end());
  }

  /** It outlives its stream, and whoever has its token goes on with it. */
  private void tellKept() throws StatusException, InterruptedException {
    var session = new Session(stub, opening("counter").setKeep(Keep.newBuilder().setTtlMs(60_000)));
    ByteString token = session.awaitOpened().getKept().getToken();
    session.sendCall("add", ByteString.EMPTY, 5);
    ServerMessage answer = session.receive();
    System.out.println("  add(5): " + outcome(answer));
    session.cancel();
    System.out.println("  its stream is lost: " + session.end());
    var resume = Resume.newBuilder().setToken(token).setReceived(answer.getResult().getSequence());
    var again = new Session(stub, opening("").setResume(resume));
    again.lastId = again.awaitOpened().getKept().getCommittedId();
    System.out.println("  get() by another stream: " + again.call("get"));
    again.close();
    again.end();
  }

  /** Its calls wait, and none of another stream's does. */
  private void tellUnread() throws StatusException, InterruptedException {
    Session unread = open("echo");
    ByteString input = ByteString.copyFrom(new byte[20_000]);
    Thread sender = Thread.startVirtualThread(() -> echo500Times(unread, input));
    Session beside = open("counter");
    String neighbour = add100Times(beside);
    System.out.println("  500 times echo: " + (sender.isAlive() ? "held back" : "all are sent"));
    System.out.println("  100 times add(1) beside it: " + neighbour);
    int answers = 0;
    for (int i = 0; i < 500; i++) {
      answers += unread.receive().getResult().getOutput().equals(input) ? 1 : 0;
    }
    System.out.println("  read at last: " + answers + " answers");
    unread.cancel();
    beside.cancel();
  }

  private static void echo500Times(Session session, ByteString input) {
    try {
      for (int i = 0; i < 500; i++) {
        session.sendCall("echo", input);
      }
    } catch (StatusException | InterruptedException e) {
      throw new IllegalStateException("the stream takes no more", e);
    }
  }

  private static String add100Times(Session session) throws StatusException, InterruptedException {
    for (int i = 0; i < 100; i++) {
      session.sendCall("add", ByteString.EMPTY, 1);
    }
    long first = session.receive().getResult().getValues(0).getI64();
    long last = first;
    boolean inOrder = true;
    for (int i = 1; i < 100; i++) {
      last = session.receive().getResult().getValues(0).getI64();
      inOrder &= last == first + i;
    }
    return first + " to " + last + (inOrder ? ", in order" : ", and not in order");
  }

  private static String names(Opened opened) {
    return opened.getExportsList().stream().map(Export::getName).collect(Collectors.joining(", "));
  }

  /** What a call returned, put out, or failed with. */
  private static String outcome(ServerMessage answer) {
    if (answer.hasError()) {
      return answer.getError().getCode() + ": " + answer.getError().getMessage();
    }
    var result = answer.getResult();
    if (result.getValuesCount() > 0) {
      return Long.toString(result.getValues(0).getI64());
    }
    return result.getOutput().isEmpty() ? "done" : result.getOutput().toStringUtf8();
  }
}
