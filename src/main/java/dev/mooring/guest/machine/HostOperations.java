package dev.mooring.guest.machine;

import dev.mooring.guest.call.StackProbe;

/**
 * The functions that guests import, as generated code calls them: with the types that the guest
 * declared, so that no call of a host function makes an array. {@code HostLinks} connects them;
 * public for that reason alone.
 */
public final class HostOperations {
  private HostOperations() {}

  /** From here on our code runs, until the {@code back} of what this answers. */
  private static HostCalls enter(GuestMachine machine) {
    HostCalls calls = machine.calls;
    calls.enterHost();
    return calls;
  }

  /** As {@link #enter}, for what goes on into code that isn't ours, or is seldom called. */
  private static HostCalls enterDeep(GuestMachine machine) {
    StackProbe.check();
    return enter(machine);
  }

  public static int inputLen(GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(calls.inputLen());
  }

  public static int inputRead(int destination, int offset, int length, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(calls.inputRead(destination, offset, length));
  }

  public static void outputWrite(int source, int length, GuestMachine machine) {
    HostCalls calls = enter(machine);
    calls.outputWrite(source, length);
    calls.back();
  }

  public static void event(int source, int length, GuestMachine machine) {
    HostCalls calls = enter(machine);
    calls.event(source, length);
    calls.back();
  }

  public static void fail(int source, int length, GuestMachine machine) {
    enterDeep(machine).fail(source, length);
  }

  public static void log(int level, int source, int length, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    calls.log(level, source, length);
    calls.back();
  }

  public static int configGet(
      int key, int keyLength, int destination, int capacity, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(calls.configGet(key, keyLength, destination, capacity));
  }

  public static long timeUnixNanos(GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(calls.timeUnixNanos());
  }

  public static void random(int destination, int length, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    calls.random(destination, length);
    calls.back();
  }

  public static void timerSet(int id, int millis, GuestMachine machine) {
    HostCalls calls = enter(machine);
    calls.timerSet(id, millis);
    calls.back();
  }

  public static int traceparent(int destination, int capacity, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(calls.traceparent(destination, capacity));
  }

  public static void timerClear(int id, GuestMachine machine) {
    HostCalls calls = enter(machine);
    calls.timerClear(id);
    calls.back();
  }

  public static int wasiArgsSizesGet(int count, int bytes, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.argsSizesGet(calls, count, bytes));
  }

  public static int wasiArgsGet(int pointers, int buffer, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.argsGet(calls, pointers, buffer));
  }

  public static int wasiEnvironSizesGet(int count, int bytes, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(Wasi.environSizesGet(calls, count, bytes));
  }

  public static int wasiEnvironGet(int pointers, int buffer, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(Wasi.environGet(calls, pointers, buffer));
  }

  public static int wasiClockResGet(int clock, int result, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.clockResGet(calls, clock, result));
  }

  public static int wasiClockTimeGet(int clock, long precision, int result, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.clockTimeGet(calls, clock, precision, result));
  }

  public static int wasiRandomGet(int buffer, int length, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(Wasi.randomGet(calls, buffer, length));
  }

  public static int wasiFdFdstatGet(int descriptor, int result, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.fdFdstatGet(calls, descriptor, result));
  }

  public static int wasiFdFilestatGet(int descriptor, int result, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.fdFilestatGet(calls, descriptor, result));
  }

  public static int wasiFdRead(
      int descriptor, int vectors, int count, int read, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.fdRead(calls, descriptor, vectors, count, read));
  }

  public static int wasiPollOneoff(
      int subscriptions, int events, int count, int stored, GuestMachine machine) {
    HostCalls calls = enter(machine);
    return calls.back(Wasi.pollOneoff(calls, subscriptions, events, count, stored));
  }

  /** For functions that only answer: one thing if they are asked about a standard stream. */
  public static int wasiAnswer(int descriptor, int ofStream) {
    return Wasi.answer(descriptor, ofStream);
  }

  public static int wasiFdWrite(
      int descriptor, int vectors, int count, int written, GuestMachine machine) {
    HostCalls calls = enterDeep(machine);
    return calls.back(Wasi.fdWrite(calls, descriptor, vectors, count, written));
  }

  public static void wasiProcExit(int status, GuestMachine machine) {
    Wasi.procExit(enterDeep(machine), status);
  }
}
