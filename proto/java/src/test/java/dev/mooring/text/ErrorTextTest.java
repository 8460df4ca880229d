package dev.mooring.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.fuzz.PlainWords;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class ErrorTextTest {
  @Test
  void of_anyException_isWords() {
    for (Throwable thrown :
        List.of(
            new NoSuchFileException("/a"),
            new AccessDeniedException("/a"),
            new FileSystemException("/a", null, "Too many levels of symbolic links"),
            new FileSystemException("/a"),
            new MalformedInputException(1),
            new ClosedChannelException(),
            new ClosedByInterruptException(),
            new EOFException(),
            new SocketTimeoutException("Read timed out"),
            new UnknownHostException("nowhere.invalid"),
            new OutOfMemoryError("Java heap space"),
            new StackOverflowError(),
            new NullPointerException(),
            new IOException(new IllegalStateException(new NoSuchElementException())),
            new ExecutionException(new IOException("broken")))) {
      PlainWords.check(ErrorText.of(thrown));
    }
  }

  @Test
  void of_messageThatHoldsAnotherException_keepsWhatThatSays() {
    assertEquals(
        "PKIX path building failed: unable to find valid certification path to requested target",
        ErrorText.of(
            new SSLHandshakeException(
                "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException:"
                    + " unable to find valid certification path to requested target")));
    assertEquals("broken", ErrorText.of(new ExecutionException(new IOException("broken"))));
  }

  @Test
  void of_systemCallThatFailed_keepsWhatTheSystemSays() {
    assertEquals(
        "Connection refused: localhost/127.0.0.1:7",
        ErrorText.of(
            new ConnectException(
                "finishConnect(..) failed with error(-111): Connection refused: localhost/127.0.0.1:7")));
    assertEquals(
        "Connection reset by peer",
        ErrorText.of(new IOException("recvAddress(..) failed: Connection reset by peer")));
  }

  @Test
  void of_noMessage_isWhatTheNameSays() {
    assertEquals("no such element", ErrorText.of(new NoSuchElementException()));
  }

  @Test
  void of_ordinaryMessage_isKept() {
    assertEquals(
        "No space left on device", ErrorText.of(new IOException("No space left on device")));
    assertEquals("no file /etc/x.y/Z", ErrorText.of(new IOException("no file /etc/x.y/Z")));
  }
}
