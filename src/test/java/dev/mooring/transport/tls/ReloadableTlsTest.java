package dev.mooring.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

final class ReloadableTlsTest {
  @Test
  void task_ofAChannelThatWasClosedMeanwhile_isNotRun() {
    var queue = new ArrayDeque<Runnable>();
    var channel = new EmbeddedChannel();
    var ran = new ArrayDeque<String>();
    Executor executor = ReloadableTls.whileOpen(channel, queue::add);
    executor.execute(() -> ran.add("in time"));
    queue.remove().run();
    executor.execute(() -> ran.add("too late"));
    channel.close();
    queue.remove().run();
    assertEquals("[in time]", ran.toString());
    channel.finishAndReleaseAll();
  }
}
