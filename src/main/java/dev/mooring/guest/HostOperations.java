package dev.mooring.guest;

import com.dylibso.chicory.runtime.Instance;

/**
 * The functions that guests import, as generated code calls them: with the types that the guest
 * declared, so that no call of a host function makes an array. {@link HostLinks} connects them;
 * public for that reason alone.
 */
public final class HostOperations {
  private HostOperations() {}

  /** From here on our code runs, until the {@code back} of what this answers. */
  private static HostCalls enter(Instance instance) {
    HostCalls calls = GuestMachine.of(instance).calls;
    calls.enterHost();
    return calls;
  }

  /** As {@link #enter}, for what goes on into code that isn't ours, or is seldom called. */
  private static HostCalls enterDeep(Instance instance) {
    StackProbe.check();
    return enter(instance);
  }

  public static int inputLen(Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(calls.inputLen());
  }

  public static int inputRead(int destination, int offset, int length, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(calls.inputRead(destination, offset, length));
  }

  public static void outputWrite(int source, int length, Instance instance) {
    HostCalls calls = enter(instance);
    calls.outputWrite(source, length);
    calls.back();
  }

  public static void event(int source, int length, Instance instance) {
    HostCalls calls = enter(instance);
    calls.event(source, length);
    calls.back();
  }

  public static void fail(int source, int length, Instance instance) {
    enterDeep(instance).fail(source, length);
  }

  public static void log(int level, int source, int length, Instance instance) {
    HostCalls calls = enterDeep(instance);
    calls.log(level, source, length);
    calls.back();
  }

  public static int configGet(
      int key, int keyLength, int destination, int capacity, Instance instance) {
    HostCalls calls = enterDeep(instance);
    return calls.back(calls.configGet(key, keyLength, destination, capacity));
  }

  public static long timeUnixNanos(Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(calls.timeUnixNanos());
  }

  public static void random(int destination, int length, Instance instance) {
    HostCalls calls = enterDeep(instance);
    calls.random(destination, length);
    calls.back();
  }

  public static void timerSet(int id, int millis, Instance instance) {
    HostCalls calls = enter(instance);
    calls.timerSet(id, millis);
    calls.back();
  }

  public static void timerClear(int id, Instance instance) {
    HostCalls calls = enter(instance);
    calls.timerClear(id);
    calls.back();
  }

  public static int wasiArgsSizesGet(int count, int bytes, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.argsSizesGet(calls, count, bytes));
  }

  public static int wasiArgsGet(int pointers, int buffer, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.argsGet(calls, pointers, buffer));
  }

  public static int wasiEnvironSizesGet(int count, int bytes, Instance instance) {
    HostCalls calls = enterDeep(instance);
    return calls.back(Wasi.environSizesGet(calls, count, bytes));
  }

  public static int wasiEnvironGet(int pointers, int buffer, Instance instance) {
    HostCalls calls = enterDeep(instance);
    return calls.back(Wasi.environGet(calls, pointers, buffer));
  }

  public static int wasiClockResGet(int clock, int result, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.clockResGet(calls, clock, result));
  }

  public static int wasiClockTimeGet(int clock, long precision, int result, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.clockTimeGet(calls, clock, precision, result));
  }

  public static int wasiRandomGet(int buffer, int length, Instance instance) {
    HostCalls calls = enterDeep(instance);
    return calls.back(Wasi.randomGet(calls, buffer, length));
  }

  public static int wasiSchedYield(Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.schedYield(calls));
  }

  public static int wasiFdFdstatGet(int descriptor, int result, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.fdFdstatGet(calls, descriptor, result));
  }

  public static int wasiFdPrestatGet(int descriptor, int result, Instance instance) {
    HostCalls calls = enter(instance);
    return calls.back(Wasi.fdPrestatGet(calls, descriptor, result));
  }

  public static int wasiFdWrite(
      int descriptor, int vectors, int count, int written, Instance instance) {
    HostCalls calls = enterDeep(instance);
    return calls.back(Wasi.fdWrite(calls, descriptor, vectors, count, written));
  }

  public static void wasiProcExit(int status, Instance instance) {
    Wasi.procExit(enterDeep(instance), status);
  }
}
