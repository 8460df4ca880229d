package dev.mooring.store;

import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.StringAppendOperator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/**
 * How the database is used: every bound on its memory, its threads, its files and its log, in one
 * place. All of it lies outside the Java heap and is freed by {@link #close}, after the database.
 *
 * <p>Its memory is bounded by about {@value #WRITE_BUFFERS} write buffers of {@value
 * #WRITE_BUFFER_BYTES} bytes, {@value #CACHE_BYTES} bytes of blocks, indexes and filters, and what
 * is being read, written or compacted at the moment.
 */
final class RocksOptions implements AutoCloseable {
  static final int WRITE_BUFFER_BYTES = 4 << 20;
  static final int WRITE_BUFFERS = 3;
  static final int CACHE_BYTES = 8 << 20;

  /** As many tables are open at a time; others are opened anew. The write-ahead log is besides. */
  static final int MAX_OPEN_FILES = 64;

  /** One writes tables, one compacts them. The threads are the process's and stay. */
  private static final int MAX_BACKGROUND_JOBS = 2;

  private static final int LEVEL_BYTES = 64 << 20;
  private static final int MAX_MANIFEST_BYTES = 1 << 20;
  private static final int LOG_FILES = 4;
  private static final int MAX_LOG_FILE_BYTES = 256 << 10;

  /** Written-back pages are begun to be written after so many, so that no sync waits for all. */
  private static final int BYTES_PER_SYNC = 1 << 20;

  private static final double BLOOM_BITS_PER_KEY = 10;

  /** The share of the cache that indexes and filters have before blocks of values have any. */
  private static final double INDEX_SHARE = 0.9;

  /** A table's index and filter are read by such parts: whole, they are a MiB each. */
  private static final int METADATA_BLOCK_BYTES = 4 << 10;

  final Options options;

  final ReadOptions read = new ReadOptions();

  final WriteOptions synced = new WriteOptions().setSync(true);
  final WriteOptions unsynced = new WriteOptions().setSync(false);

  /** Undivided: a part of it would be too small. Most of it is for indexes and filters. */
  private final Cache cache = new LRUCache(CACHE_BYTES, 0, false, INDEX_SHARE);

  /** What is appended follows what was there. */
  private final StringAppendOperator append = new StringAppendOperator("");

  private final BloomFilter bloom = new BloomFilter(BLOOM_BITS_PER_KEY);

  /**
   * Options for opening.
   *
   * @param make whether a database is made if there is none
   */
  RocksOptions(boolean make) {
    try (DBOptions database = database(make);
        var family = family()) {
      options = new Options(database, family);
    }
  }

  private static DBOptions database(boolean make) {
    var named = new Properties();
    // Each log says where the one before it ended, so that none is passed over that lost its end.
    // RocksDB's Java has no setter for it.
    named.setProperty("track_and_verify_wals", "true");
    return DBOptions.getDBOptionsFromProps(named)
        .setCreateIfMissing(make)
        .setParanoidChecks(true)
        .setManualWalFlush(false)
        .setMaxOpenFiles(MAX_OPEN_FILES)
        .setMaxBackgroundJobs(MAX_BACKGROUND_JOBS)
        .setMaxSubcompactions(1)
        .setBytesPerSync(BYTES_PER_SYNC)
        .setMaxManifestFileSize(MAX_MANIFEST_BYTES)
        // What is allocated ahead would be taken and not counted, and makes no sync faster.
        .setAllowFAllocate(false)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MAX_LOG_FILE_BYTES)
        .setKeepLogFileNum(LOG_FILES)
        .setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  private ColumnFamilyOptions family() {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setMaxWriteBufferNumber(WRITE_BUFFERS)
        .setTargetFileSizeBase(LEVEL_BYTES)
        .setMaxBytesForLevelBase(LEVEL_BYTES)
        .setLevelCompactionDynamicLevelBytes(true)
        .setMergeOperator(append)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(bloom)
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(METADATA_BLOCK_BYTES)
                .setPinTopLevelIndexAndFilter(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true));
  }

  /**
   * What is done with a write-ahead log that isn't whole to its end.
   *
   * @param mode how it is read
   */
  void recover(WALRecoveryMode mode) {
    options.setWalRecoveryMode(mode);
  }

  @Override
  public void close() {
    read.close();
    synced.close();
    unsynced.close();
    options.close();
    append.close();
    bloom.close();
    cache.close();
  }
}
