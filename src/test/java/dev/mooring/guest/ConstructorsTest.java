package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.memory.Layout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests of toolchains that run something before everything else: once, and not at each call. */
final class ConstructorsTest {
  @ParameterizedTest
  @EnumSource
  void objects_ofCpp_keepTheirState(Layout layout) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructed", layout);
      assertTrue(guests.module("constructed", layout).preinitialised());
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(43, guests.result(space, "add", 2));
      assertEquals(5, guests.result(space, "other", 3));
      assertEquals(3, guests.result(space, "constructed"));
      assertEquals(0, guests.result(space, "destroyed"));
      assertEquals(41, guests.result(guests.open("constructed", layout), "add", 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void sdk_inCpp_isTheSame(Layout layout) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructed", layout);
      guests.callWith(space, "greet", "\"C\"".getBytes(UTF_8));
      assertEquals("Hello, \"\\\"C\\\"\"", guests.output());
    }
  }

  @ParameterizedTest
  @EnumSource
  void function_ofC_runsOnce(Layout layout) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructor", layout);
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(41, guests.result(space, "get"));
    }
  }

  /** What inspect warns of: nothing is wrong here but the guest. */
  @ParameterizedTest
  @ValueSource(strings = {"add", "get"})
  void function_ofCThatNobodyToldToRunOnce_runsAtEachCall(String last) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wrapped", Layout.DENSE);
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(40, guests.result(space, last, last.equals("add") ? new long[1] : new long[0]));
    }
  }

  @ParameterizedTest
  @EnumSource
  void macros_ofRust_writeWholeLines(Layout layout) {
    try (var guests = new GuestFixture()) {
      var lines = new ArrayList<String>();
      guests.log = (level, message) -> lines.add(level + " " + message);
      Space space = guests.open("rust_probe", layout);
      guests.call(space, "speak", 7);
      guests.call(space, "speak", 8);
      assertEquals(
          List.of(
              "WARN number 7 of 1",
              "INFO number 7 of 1",
              "WARN number 8 of 2",
              "INFO number 8 of 2"),
          lines);
    }
  }
}
