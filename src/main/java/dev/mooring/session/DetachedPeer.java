package dev.mooring.session;

import io.netty.buffer.ByteBuf;

/**
 * The peer of a session that is on no connection. Nothing leaves, so the session runs nothing: it
 * isn't writable. Whoever says something nevertheless would lose it, and is told so.
 *
 * <p>Any thread: it has no state.
 */
final class DetachedPeer implements Peer, OutboundBuffer {
  static final DetachedPeer INSTANCE = new DetachedPeer();

  private DetachedPeer() {}

  @Override
  public MessageEncoder encoder() {
    throw nobodyListens();
  }

  @Override
  public ByteBuf buffer() {
    throw nobodyListens();
  }

  private static IllegalStateException nobodyListens() {
    return new IllegalStateException("the session is on no connection");
  }

  @Override
  public OutboundBuffer outbound() {
    return this;
  }

  @Override
  public void flush() {}

  @Override
  public boolean isFull() {
    return false;
  }

  @Override
  public boolean isWritable() {
    return false;
  }

  @Override
  public void opened() {}

  @Override
  public boolean isServerOverloaded() {
    return false;
  }

  @Override
  public void pause(PauseReason reason) {}

  @Override
  public void resume(PauseReason reason) {}

  @Override
  public void queueChanged() {}

  @Override
  public void end(EndReason ending) {}

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
    return "nobody";
  }
}
