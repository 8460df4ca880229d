package dev.mooring.guest.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.dylibso.chicory.wasm.ChicoryException;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;

final class CodeTooLargeTest {
  private static String words(RuntimeException thrown) {
    return String.valueOf(CodeTooLarge.in(thrown).getMessage());
  }

  @Test
  void in_functionTooLargeForTheJvm_saysWhichAndThatLimit() {
    var tooLarge = new MethodTooLargeException("M", "func_3", "()V", 70_000);
    assertEquals(
        "can't be compiled: function 3 becomes 70000 bytes of the JVM's code; the limit is 65535;"
            + " split the function",
        words(new ChicoryException("enable the interpreter", tooLarge)));
  }

  @Test
  void in_otherMethodTooLarge_saysWhatItIs() {
    assertEquals(
        "can't be compiled: what finds functions in tables becomes 70000 bytes of the JVM's code;"
            + " the limit is 65535",
        words(new MethodTooLargeException("M", "call_indirect_1", "()V", 70_000)));
  }

  @Test
  void in_tooManyConstants_saysHowMany() {
    assertEquals(
        "can't be compiled: it needs 70000 constants in one class of the JVM's; the limit is 65535",
        words(new ClassTooLargeException("dev/mooring/guest/compiled/M", 70_000)));
  }

  @Test
  void in_anythingElse_isLeftAsItIs() {
    var thrown = new IllegalStateException("something else");
    assertSame(thrown, CodeTooLarge.in(thrown));
  }
}
