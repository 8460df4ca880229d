package dev.mooring.guest.call;

/**
 * How much of the heap there is for a guest beyond what it has, in bytes: it decides whether its
 * memory grows, and whether what it writes can be kept.
 *
 * @param budgetBytes what all guests of the process may hold together
 * @param windowBytes what is left of that for a larger array to compute in, about
 * @param pageBytes what the guests of its event loop may still come to hold, about
 */
public record HeapRoom(long budgetBytes, long windowBytes, long pageBytes) {}
