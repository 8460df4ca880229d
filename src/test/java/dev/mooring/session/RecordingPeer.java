package dev.mooring.session;

import dev.mooring.guest.ValueType;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/** Remembers what a client would have been sent, in words. */
final class RecordingPeer implements Peer {
  final List<String> sent = new ArrayList<>();
  final EnumSet<PauseReason> paused = EnumSet.noneOf(PauseReason.class);
  boolean writable = true;
  boolean overloaded;
  int flushes;
  int longestMessage;
  boolean ended;
  Runnable onResult = () -> {};
  Runnable onEvent = () -> {};

  @Override
  public void opened(Opening opening) {
    sent.add("opened");
  }

  @Override
  public void result(long id, List<ValueType> types, long[] values, ByteBuf output) {
    onResult.run();
    String text = output.toString(StandardCharsets.UTF_8);
    sent.add(
        "result "
            + id
            + (values.length == 0 ? "" : " " + Arrays.toString(values))
            + (text.isEmpty() ? "" : " " + text));
  }

  @Override
  public void error(long id, Problem problem) {
    longestMessage = Math.max(longestMessage, problem.message().length());
    sent.add("error " + id + " " + problem.code());
  }

  @Override
  public void event(ByteBuf bytes, int index, int length) {
    onEvent.run();
    sent.add("event " + bytes.toString(index, length, StandardCharsets.UTF_8));
  }

  @Override
  public void pong(long token) {
    sent.add("pong " + token);
  }

  @Override
  public void goAway(long lastId, GoAwayReason reason, String message) {
    sent.add("goAway " + lastId);
  }

  @Override
  public void flush() {
    flushes++;
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
  public void end(Ending ending) {
    ended = true;
    sent.add("end " + ending.name());
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

  /** What was sent since the last time. */
  List<String> take() {
    var taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }
}
