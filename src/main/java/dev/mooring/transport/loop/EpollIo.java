package dev.mooring.transport.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll, without an error that it has in 4.2.18: a socket that waits for nothing at the
 * moment is taken out of the epoll set, but its registration goes on as if it were in it, so that
 * whatever it would wait for next fails with ENOENT and closes the connection. It comes to that
 * when a client has ended its side, as nothing more can be read then, and its answers don't fit
 * into the socket at once. So a socket always waits for something here: if for nothing else, for
 * edges, of which there are none.
 *
 * <p>One event loop, as any {@link IoHandler}.
 */
final class EpollIo extends DelegatingIo {
  private static final IoOps NOTHING = EpollIoOps.EPOLLET;

  private EpollIo(IoHandler io) {
    super(io);
  }

  static IoHandlerFactory newFactory() {
    IoHandlerFactory factory = EpollIoHandler.newFactory();
    return executor -> new EpollIo(factory.newHandler(executor));
  }

  private record Registration(IoRegistration registration) implements IoRegistration {
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // The interface's.
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      return registration.submit(EpollIoOps.NONE.equals(ops) ? NOTHING : ops);
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Registration(io.register(handle));
  }
}
