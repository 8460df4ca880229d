/**
 * The rules by which sessions go from node to node over a database, as a model small enough that
 * all that can happen in it is gone through. Nothing here is of a server or talks to a database.
 *
 * <p>What it takes for granted: a statement that has begun ends, whatever becomes of its node; a
 * database that has said that something is committed still has it after a failover; whoever may
 * take a session over knows its id, so that none is made twice.
 */
@NullMarked
package dev.mooring.store.model;

import org.jspecify.annotations.NullMarked;
