package dev.mooring.session;

import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;

/** Remembers what a client would have been sent, in words: a line for each message. */
final class RecordingPeer implements Peer, OutboundBuffer, MessageEncoder {
  final EnumSet<PauseReason> paused = EnumSet.noneOf(PauseReason.class);
  boolean writable = true;
  boolean overloaded;
  int flushes;
  int longestMessage;
  boolean ended;
  Runnable onResult = () -> {};
  Runnable onEvent = () -> {};

  /** Hears each message when it is said. */
  Consumer<String> onMessage = message -> {};

  /** Of the kept session that was opened last. */
  String token = "";

  private final ByteBuf sent = Unpooled.buffer();

  @Override
  public MessageEncoder encoder() {
    return this;
  }

  @Override
  public OutboundBuffer outbound() {
    return this;
  }

  @Override
  public ByteBuf buffer() {
    return sent;
  }

  private static String place(long sequence) {
    return sequence == 0 ? "" : "#" + sequence + " ";
  }

  private void say(ByteBuf out, String line) {
    onMessage.accept(line);
    out.writeCharSequence(line + "\n", StandardCharsets.UTF_8);
  }

  @Override
  public void opened(ByteBuf out, OpenedSession opened) {
    Keeping keeping = opened.keeping();
    if (keeping == null) {
      say(out, "opened");
    } else {
      token = keeping.token();
      say(out, (keeping.isResumed() ? "resumed at " : "kept at ") + keeping.committedId());
    }
  }

  @Override
  public void result(
      ByteBuf out, long sequence, long id, List<ValueType> types, long[] values, ByteBuf output) {
    onResult.run();
    String text = output.toString(StandardCharsets.UTF_8);
    say(
        out,
        place(sequence)
            + "result "
            + id
            + (values.length == 0 ? "" : " " + Arrays.toString(values))
            + (text.isEmpty() ? "" : " " + text));
  }

  @Override
  public void error(ByteBuf out, long sequence, long id, Problem problem) {
    longestMessage = Math.max(longestMessage, problem.message().length());
    say(out, place(sequence) + "error " + id + " " + problem.code());
  }

  @Override
  public void event(ByteBuf out, long sequence, ByteBuf bytes, int index, int length) {
    onEvent.run();
    say(out, place(sequence) + "event " + bytes.toString(index, length, StandardCharsets.UTF_8));
  }

  @Override
  public void pong(ByteBuf out, long token) {
    say(out, "pong " + token);
  }

  @Override
  public void goAway(ByteBuf out, long lastId, GoAwayReason reason, String message) {
    say(out, "goAway " + lastId);
  }

  @Override
  public void lastWord(ByteBuf out, EndReason ending) {
    say(out, "end " + ending.name());
  }

  @Override
  public void opened() {}

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public boolean isServerOverloaded() {
    return overloaded;
  }

  @Override
  public void pause(PauseReason reason) {
    paused.add(reason);
  }

  @Override
  public void resume(PauseReason reason) {
    paused.remove(reason);
  }

  @Override
  public void queueChanged() {}

  @Override
  public void end(EndReason ending) {
    ended = true;
    lastWord(sent, ending);
  }

  @Override
  public long bytesIn() {
    return 0;
  }

  @Override
  public long bytesOut() {
    return 0;
  }

  @Override
  public String address() {
    return "test";
  }

  /** How many messages were sent since they were last taken. */
  int sentCount() {
    return (int) sent.toString(StandardCharsets.UTF_8).lines().count();
  }

  /** Whether it was sent that since messages were last taken. */
  boolean heard(String message) {
    return sent.toString(StandardCharsets.UTF_8).lines().anyMatch(message::equals);
  }

  /** What was sent since the last time. */
  List<String> take() {
    var taken = sent.toString(StandardCharsets.UTF_8).lines().toList();
    sent.clear();
    return taken;
  }
}
