package dev.mooring.guest;

import com.dylibso.chicory.runtime.Instance;

/**
 * The functions that guests import, as generated code calls them: with the types that the guest
 * declared, so that no call of a host function makes an array. {@link HostLinks} connects them;
 * public for that reason alone.
 */
public final class HostOperations {
  private HostOperations() {}

  private static HostCalls calls(Instance instance) {
    return GuestMachine.of(instance).calls;
  }

  public static int inputLen(Instance instance) {
    return calls(instance).inputLen();
  }

  public static int inputRead(int destination, int offset, int length, Instance instance) {
    return calls(instance).inputRead(destination, offset, length);
  }

  public static void outputWrite(int source, int length, Instance instance) {
    calls(instance).outputWrite(source, length);
  }

  public static void event(int source, int length, Instance instance) {
    calls(instance).event(source, length);
  }

  public static void fail(int source, int length, Instance instance) {
    calls(instance).fail(source, length);
  }

  public static void log(int level, int source, int length, Instance instance) {
    calls(instance).log(level, source, length);
  }

  public static int configGet(
      int key, int keyLength, int destination, int capacity, Instance instance) {
    return calls(instance).configGet(key, keyLength, destination, capacity);
  }

  public static long timeUnixNanos(Instance instance) {
    return calls(instance).timeUnixNanos();
  }

  public static void random(int destination, int length, Instance instance) {
    calls(instance).random(destination, length);
  }

  public static void timerSet(int id, int millis, Instance instance) {
    calls(instance).timerSet(id, millis);
  }

  public static void timerClear(int id, Instance instance) {
    calls(instance).timerClear(id);
  }

  public static int wasiArgsSizesGet(int count, int bytes, Instance instance) {
    return Wasi.argsSizesGet(calls(instance), count, bytes);
  }

  public static int wasiArgsGet(int pointers, int buffer, Instance instance) {
    return Wasi.argsGet(calls(instance), pointers, buffer);
  }

  public static int wasiEnvironSizesGet(int count, int bytes, Instance instance) {
    return Wasi.environSizesGet(calls(instance), count, bytes);
  }

  public static int wasiEnvironGet(int pointers, int buffer, Instance instance) {
    return Wasi.environGet(calls(instance), pointers, buffer);
  }

  public static int wasiClockResGet(int clock, int result, Instance instance) {
    return Wasi.clockResGet(calls(instance), clock, result);
  }

  public static int wasiClockTimeGet(int clock, long precision, int result, Instance instance) {
    return Wasi.clockTimeGet(calls(instance), clock, precision, result);
  }

  public static int wasiRandomGet(int buffer, int length, Instance instance) {
    return Wasi.randomGet(calls(instance), buffer, length);
  }

  public static int wasiSchedYield(Instance instance) {
    return Wasi.schedYield(calls(instance));
  }

  public static int wasiFdFdstatGet(int descriptor, int result, Instance instance) {
    return Wasi.fdFdstatGet(calls(instance), descriptor, result);
  }

  public static int wasiFdPrestatGet(int descriptor, int result, Instance instance) {
    return Wasi.fdPrestatGet(calls(instance), descriptor, result);
  }

  public static int wasiFdWrite(
      int descriptor, int vectors, int count, int written, Instance instance) {
    return Wasi.fdWrite(calls(instance), descriptor, vectors, count, written);
  }

  public static void wasiProcExit(int status, Instance instance) {
    Wasi.procExit(calls(instance), status);
  }
}
