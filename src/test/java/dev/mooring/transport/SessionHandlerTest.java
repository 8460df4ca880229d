package dev.mooring.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.GuestRuntime;
import dev.mooring.proto.CallReader;
import dev.mooring.proto.FrameDecoder;
import dev.mooring.session.CallRequest;
import dev.mooring.session.Loop;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class SessionHandlerTest {
  /** A loop on which a session fails when it is told to. */
  private record Brittle(Loop loop, AtomicBoolean breaks) implements Loop {
    @Override
    public boolean inLoop() {
      if (breaks.get()) {
        throw new IllegalStateException("broken on purpose");
      }
      return loop.inLoop();
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public void executeAfterIo(Runnable task) {
      loop.executeAfterIo(task);
    }

    @Override
    public Timer schedule(Runnable task, long delayMillis) {
      return loop.schedule(task, delayMillis);
    }

    @Override
    public long tick() {
      return loop.tick();
    }

    @Override
    public long nanoTime() {
      return loop.nanoTime();
    }
  }

  @Test
  void channelInactive_sessionThrows_isCountedNowhereAnyMore() {
    var channel = new EmbeddedChannel();
    var breaks = new AtomicBoolean();
    var loop =
        new Brittle(
            new NettyLoop(channel.eventLoop(), channel.eventLoop()::execute, System::nanoTime),
            breaks);
    var runtime = new GuestRuntime(1 << 20);
    var sessions =
        new SessionLoop(loop, runtime, (reference, mayOpen, answer) -> {}, SessionLimits.DEFAULTS);
    var totals = new Totals(ConnectionLimits.DEFAULTS);
    var held = totals.newShares();
    var doorkeeper = new Doorkeeper(ConnectionLimits.DEFAULTS, DoorLimits.DEFAULTS, totals);
    var upkeep = new LoopUpkeep(sessions, held, new LoopLoad(channel.eventLoop()), doorkeeper);
    var spare = new SpareBuffer(channel.alloc());
    var context =
        new LoopContext(
            sessions, new CallReader(), new CallRequest(), spare, held, upkeep, doorkeeper);
    var visitor = new Visitor(doorkeeper);
    visitor.knock();
    var decoder = new FrameDecoder(1_000);
    var peer = new ChannelPeer(channel, visitor, decoder, TransportConfig.DEFAULTS, held, spare);
    channel
        .pipeline()
        .addLast(decoder)
        .addLast(new SessionHandler(context, peer, decoder, TransportConfig.DEFAULTS));
    channel.pipeline().fireChannelActive();
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {100, 1, 2, 3}));
    assertEquals(1, doorkeeper.sessions());
    assertEquals(4, upkeep.held().undecoded());
    breaks.set(true);
    channel.finishAndReleaseAll();
    assertEquals(0, doorkeeper.sessions());
    assertEquals(HeldBytes.NONE, upkeep.held());
    held.inbound().tell();
    assertEquals(0, totals.inbound().bytes());
    breaks.set(false);
    spare.close();
    sessions.close();
    runtime.close();
  }
}
