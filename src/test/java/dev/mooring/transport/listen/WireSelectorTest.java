package dev.mooring.transport.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.session.Problem;
import dev.mooring.transport.admission.AdmissionControl;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.HeldTotals;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WireSelectorTest {
  private static final int SILENCE_MILLIS = 500;
  private static final String HTTP = "GET / HTTP/1.1\r\n";

  private final FakeWire one = new FakeWire("\1one");
  private final FakeWire two = new FakeWire("\2two");
  private final AdmissionControl control =
      new AdmissionControl(
          ConnectionLimits.DEFAULTS,
          AdmissionLimits.DEFAULTS,
          new HeldTotals(Long.MAX_VALUE, Long.MAX_VALUE));
  private final ConnectionAdmission admission = new ConnectionAdmission(control);
  private @Nullable EmbeddedChannel channel;

  @AfterEach
  void release() {
    if (channel != null) {
      channel.finishAndReleaseAll();
    }
  }

  /** A wire whose connections begin with a word, and which notes what it hears. */
  private static final class FakeWire implements Wire {
    final List<String> heard = new ArrayList<>();
    private final String word;

    FakeWire(String word) {
      this.word = word;
    }

    @Override
    public String alpn() {
      return word;
    }

    @Override
    public String inWords() {
      return "words";
    }

    @Override
    public Recognition recognise(ByteBuf first) {
      String came = first.toString(StandardCharsets.US_ASCII);
      if (came.length() < word.length()) {
        return word.startsWith(came) ? Recognition.PERHAPS : Recognition.NO;
      }
      return came.startsWith(word) ? Recognition.YES : Recognition.NO;
    }

    @Override
    public ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
      throw new AssertionError("it isn't this handler's to refuse in a wire's words");
    }

    @Override
    public OnLoop on(LoopContext loop) {
      return onLoop();
    }

    OnLoop onLoop() {
      return (channel, admission, config) -> channel.pipeline().addLast(new Listening(heard));
    }
  }

  private static final class Listening extends ChannelInboundHandlerAdapter {
    private final List<String> heard;

    Listening(List<String> heard) {
      this.heard = heard;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      heard.add("active");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      var bytes = (ByteBuf) message;
      heard.add(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      heard.add("end");
    }
  }

  private EmbeddedChannel connect(FakeWire... wires) {
    var onLoop = new ArrayList<Wire.OnLoop>();
    for (FakeWire wire : wires) {
      onLoop.add(wire.onLoop());
    }
    var selector =
        new WireSelector(
            List.of(wires), onLoop, admission, null, TransportConfig.DEFAULTS, SILENCE_MILLIS);
    channel = new EmbeddedChannel(selector);
    return channel;
  }

  private static void say(EmbeddedChannel client, String words) {
    client.writeInbound(client.alloc().buffer().writeBytes(words.getBytes(StandardCharsets.UTF_8)));
  }

  private static String told(EmbeddedChannel client) {
    ByteBuf answer = client.readOutbound();
    String told = answer.toString(StandardCharsets.UTF_8);
    answer.release();
    return told;
  }

  private static boolean isWatched(EmbeddedChannel client) {
    return client.pipeline().get(WireSelector.class) != null;
  }

  @Test
  void onlyWire_isTheConnectionsFromTheBeginning() {
    EmbeddedChannel client = connect(one);
    assertEquals(List.of("active"), one.heard);
    say(client, "\1o");
    assertEquals(List.of("active", "\1o"), one.heard);
    assertFalse(isWatched(client));
  }

  @Test
  void onlyWire_whatMayBeText_isNotHeldBack() {
    EmbeddedChannel client = connect(one);
    say(client, "G");
    assertEquals(List.of("active", "G"), one.heard);
    assertTrue(isWatched(client));
    say(client, "\n");
    assertEquals(List.of("active", "G", "\n"), one.heard);
    assertFalse(isWatched(client));
  }

  @Test
  void http_isToldWhatIsSpokenAndHeardNoMore() {
    for (List<FakeWire> wires : List.of(List.of(one), List.of(one, two))) {
      one.heard.clear();
      EmbeddedChannel client = connect(wires.toArray(new FakeWire[0]));
      say(client, HTTP);
      assertTrue(told(client).startsWith("HTTP/1.1 400 "));
      assertEquals(List.of("active"), one.heard);
      assertFalse(client.isOpen());
    }
    assertEquals(List.of(), two.heard);
  }

  @Test
  void http_ofOneThatIsNotLetIn_isItsWiresToAnswer() {
    control.limits(ConnectionLimits.DEFAULTS.withSessions(1, 1));
    new ConnectionAdmission(control).knock();
    admission.knock();
    EmbeddedChannel client = connect(one);
    say(client, HTTP);
    assertEquals(List.of("active", HTTP), one.heard);
    assertNull(client.readOutbound());
    assertFalse(isWatched(client));
  }

  @Test
  void severalWires_firstBytesInPieces_areHeldUntilTheyTell() {
    EmbeddedChannel client = connect(one, two);
    say(client, "\2");
    say(client, "t");
    assertEquals(List.of(), two.heard);
    say(client, "wo and more");
    assertEquals(List.of("active", "\2two and more"), two.heard);
    assertEquals(List.of(), one.heard);
    assertFalse(isWatched(client));
    say(client, "later");
    assertEquals("later", two.heard.getLast());
  }

  @Test
  void severalWires_noneRecognised_isTheFirstWires() {
    EmbeddedChannel client = connect(one, two);
    say(client, "\3");
    assertEquals(List.of("active", "\3"), one.heard);
    assertFalse(isWatched(client));
  }

  @Test
  void severalWires_silence_isTheFirstWiresAfterAWhile() {
    EmbeddedChannel client = connect(one, two);
    say(client, "\2");
    client.advanceTimeBy(SILENCE_MILLIS, TimeUnit.MILLISECONDS);
    client.runScheduledPendingTasks();
    assertEquals(List.of("active", "\2"), one.heard);
  }

  @Test
  void severalWires_inputEnds_isTheFirstWiresToAnswer() {
    EmbeddedChannel client = connect(one, two);
    say(client, "\2");
    client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(List.of("active", "\2", "end"), one.heard);
  }

  @Test
  void severalWires_connectionEndsUnchosen_isLetGo() {
    admission.knock();
    assertEquals(1, control.connections());
    EmbeddedChannel client = connect(one, two);
    say(client, "\2");
    client.close();
    client.runPendingTasks();
    assertEquals(0, control.connections());
    assertEquals(List.of(), one.heard);
    assertEquals(List.of(), two.heard);
  }
}
