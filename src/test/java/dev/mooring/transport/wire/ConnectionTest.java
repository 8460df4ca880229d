package dev.mooring.transport.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.GuestRuntime;
import dev.mooring.session.Loop;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.ConnectionSweep;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.loop.LoopLoad;
import dev.mooring.transport.loop.NettyLoop;
import dev.mooring.transport.loop.SpareBuffer;
import dev.mooring.transport.wire.mooring.MooringWire;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class ConnectionTest {
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

    @Override
    public long currentTimeMillis() {
      return loop.currentTimeMillis();
    }

    @Override
    public RandomGenerator random() {
      return loop.random();
    }
  }

  @Test
  void channelInactive_sessionThrows_isCountedNowhereAnyMore() {
    var channel = new EmbeddedChannel();
    var breaks = new AtomicBoolean();
    var loop =
        new Brittle(
            new NettyLoop(
                channel.eventLoop(),
                channel.eventLoop()::execute,
                System::nanoTime,
                System::currentTimeMillis),
            breaks);
    var runtime = new GuestRuntime(1 << 20);
    var sessions =
        new SessionLoop(loop, runtime, (reference, mayOpen, answer) -> {}, SessionLimits.DEFAULTS);
    var totals = totals(ConnectionLimits.DEFAULTS);
    var held = totals.newShares();
    var control = new AdmissionControl(ConnectionLimits.DEFAULTS, AdmissionLimits.DEFAULTS, totals);
    var sweep =
        new ConnectionSweep(
            sessions, held, new LoopLoad(channel.eventLoop()), control::connections);
    var spare = new SpareBuffer(channel.alloc());
    var context = new LoopContext(sessions, spare, held, sweep);
    var admission = new ConnectionAdmission(control);
    admission.knock();
    new MooringWire().on(context).addTo(channel, admission, TransportConfig.DEFAULTS);
    channel.pipeline().fireChannelActive();
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {100, 1, 2, 3}));
    assertEquals(1, control.connections());
    assertEquals(4, sweep.held().undecoded());
    breaks.set(true);
    channel.finishAndReleaseAll();
    assertEquals(0, control.connections());
    assertEquals(HeldBytes.NONE, sweep.held());
    held.inbound().tell();
    assertEquals(0, totals.inbound().bytes());
    breaks.set(false);
    spare.close();
    sessions.close();
    runtime.close();
  }

  private static HeldTotals totals(ConnectionLimits limits) {
    return new HeldTotals(limits.inboundBytes(), limits.outboundBytes());
  }
}
