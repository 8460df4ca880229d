package dev.mooring.client;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Opens sessions, and owns the threads that serve them. One client is enough for a program, however
 * many sessions it has. Every method may be used from any thread.
 */
@SuppressWarnings("DoNotCallSuggester") // goes with the bodies
public final class MooringClient implements AutoCloseable {

  private MooringClient() {}

  /** A client with one event loop of its own and every default. */
  public static MooringClient create() {
    return builder().build();
  }

  /** Options for a client. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Opens a connection, and a session of the module on it.
   *
   * @param address {@code HOST:PORT} or {@code [IPv6]:PORT}; of a host with several addresses each
   *     is tried in turn
   * @return completes on the session's event loop once the server has opened it, or with a {@link
   *     MooringException}; cancelling it gives up and closes the connection
   * @throws IllegalArgumentException when the address is no such thing
   */
  public CompletableFuture<MooringSession> open(String address, OpenOptions options) {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * As {@link #open(String, OpenOptions)}, for an address of the client's transport; an unresolved
   * internet address is resolved first.
   */
  public CompletableFuture<MooringSession> open(SocketAddress address, OpenOptions options) {
    throw new UnsupportedOperationException("not built yet");
  }

  /**
   * Closes every session as {@link MooringSession#close} does, all at once, then ends the client's
   * threads; returns when that is done. Closing again changes nothing. On one of the client's event
   * loops, it only starts all this.
   */
  @Override
  public void close() {
    throw new UnsupportedOperationException("not built yet");
  }

  /** Options for a client. Not for several threads at once. */
  public static final class Builder {
    private Builder() {}

    /**
     * How many event loops, each a thread, the client runs; sessions take turns on them.
     *
     * @param eventLoops at least 1, which is the default and good for some 100,000 calls a second
     */
    public Builder eventLoops(int eventLoops) {
      throw new UnsupportedOperationException("not built yet");
    }

    /** How long one attempt to connect may take; 5 s by default. */
    public Builder connectTimeout(Duration connectTimeout) {
      throw new UnsupportedOperationException("not built yet");
    }

    /**
     * The longest message that the client takes from a server, in bytes; 16 MiB by default. A
     * longer one ends its session with {@link ErrorCode#PROTOCOL_VIOLATION}.
     */
    public Builder maxFrameBytes(int maxFrameBytes) {
      throw new UnsupportedOperationException("not built yet");
    }

    /**
     * Another transport, on event loops that stay the caller's: to share them with the rest of a
     * program, or to reach a server in the same process by Netty's local transport.
     *
     * @param group runs the sessions; the client doesn't shut it down
     * @param channelFactory makes channels that the group can run
     */
    public Builder transport(
        EventLoopGroup group, ChannelFactory<? extends Channel> channelFactory) {
      throw new UnsupportedOperationException("not built yet");
    }

    /** Starts the client. */
    public MooringClient build() {
      throw new UnsupportedOperationException("not built yet");
    }
  }
}
