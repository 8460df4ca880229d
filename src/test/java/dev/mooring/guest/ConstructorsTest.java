package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests of toolchains that run something before everything else: once, and not at each call. */
final class ConstructorsTest {
  @Test
  void objects_ofCpp_keepTheirState() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructed");
      assertTrue(guests.module("constructed").preinitialised());
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(43, guests.result(space, "add", 2));
      assertEquals(5, guests.result(space, "other", 3));
      assertEquals(3, guests.result(space, "constructed"));
      assertEquals(0, guests.result(space, "destroyed"));
      assertEquals(41, guests.result(guests.open("constructed"), "add", 1));
    }
  }

  @Test
  void sdk_inCpp_isTheSame() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructed");
      guests.callWith(space, "greet", "\"C\"".getBytes(UTF_8));
      assertEquals("Hello, \"\\\"C\\\"\"", guests.output());
    }
  }

  @Test
  void function_ofC_runsOnce() {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("constructor");
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(41, guests.result(space, "get"));
    }
  }

  /** What inspect warns of: nothing is wrong here but the guest. */
  @ParameterizedTest
  @ValueSource(strings = {"add", "get"})
  void function_ofCThatNobodyToldToRunOnce_runsAtEachCall(String last) {
    try (var guests = new GuestFixture()) {
      Space space = guests.open("wrapped");
      assertEquals(41, guests.result(space, "add", 1));
      assertEquals(40, guests.result(space, last, last.equals("add") ? new long[1] : new long[0]));
    }
  }

  @Test
  void macros_ofRust_writeWholeLines() {
    try (var guests = new GuestFixture()) {
      var lines = new ArrayList<String>();
      guests.log = (level, message) -> lines.add(level + " " + message);
      Space space = guests.open("rust_probe");
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
