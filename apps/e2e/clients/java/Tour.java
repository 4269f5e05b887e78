import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

/** A tour with jedis: java -cp 'LIB/*' Tour.java HOST PORT RESP-VERSION */
public class Tour {
  private static final int PIPELINE_LENGTH = 10_000;

  public static void main(String[] args) {
    var config =
        DefaultJedisClientConfig.builder()
            .protocol(args[2].equals("3") ? RedisProtocol.RESP3 : RedisProtocol.RESP2)
            .build();
    try (var jedis = new Jedis(new HostAndPort(args[0], Integer.parseInt(args[1])), config)) {
      strings(jedis);
      collections(jedis);
      stream(jedis);
      shards(jedis);
      pipeline(jedis);
    }
    System.out.println("done");
  }

  private static void strings(Jedis jedis) {
    check(jedis.set("s", "text", SetParams.setParams().ex(100)), "OK");
    check(jedis.get("s"), "text");
    check(jedis.ttl("s") > 90, true);
    check(jedis.get("none"), null);
    check(jedis.incrBy("n", 41), 41L);
    check(jedis.incr("n"), 42L);
    var binary = binary();
    check(jedis.set(binary, binary), "OK");
    check(Arrays.equals(jedis.get(binary), binary), true);
    checkError(() -> jedis.incr("s"), "ERR value is not an integer or out of range");
    checkError(() -> jedis.lpush("s", "x"), "WRONGTYPE ");
    checkError(() -> jedis.sendCommand(() -> bytes("NOSUCH")), "ERR unknown command");
  }

  private static void collections(Jedis jedis) {
    check(jedis.hset("h", Map.of("a", "1", "b", "2")), 2L);
    check(jedis.hgetAll("h"), Map.of("a", "1", "b", "2"));
    check(jedis.hmget("h", "b", "none"), Arrays.asList("2", null));
    check(jedis.rpush("l", "a", "b", "c"), 3L);
    check(jedis.lrange("l", 0, -1), List.of("a", "b", "c"));
    check(jedis.lpop("l"), "a");
    check(jedis.sadd("set", "a", "b"), 2L);
    check(jedis.smembers("set"), Set.of("a", "b"));
    check(jedis.zadd("z", Map.of("two", 2.0, "less", 1.5)), 2L);
    check(jedis.zscore("z", "less"), 1.5);
    check(jedis.zrange("z", 0, -1), List.of("less", "two"));
  }

  private static void stream(Jedis jedis) {
    for (var entry : List.of(List.of("1-1", "value"), List.of("2-1", "next")))
      jedis.xadd("x", XAddParams.xAddParams().id(entry.get(0)), Map.of("field", entry.get(1)));
    checkEntries(jedis.xrange("x", "-", "+"));
    jedis.xgroupCreate("x", "group", new StreamEntryID("0-0"), false);
    var newOnes = Map.of("x", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
    var read = jedis.xreadGroup("group", "me", new XReadGroupParams(), newOnes);
    check(read.get(0).getKey(), "x");
    checkEntries(read.get(0).getValue());
    check(jedis.xack("x", "group", new StreamEntryID("1-1"), new StreamEntryID("2-1")), 2L);
  }

  private static void checkEntries(List<StreamEntry> entries) {
    check(entries.stream().map(entry -> entry.getID().toString()).toList(), List.of("1-1", "2-1"));
    var fields = entries.stream().map(StreamEntry::getFields).toList();
    check(fields, List.of(Map.of("field", "value"), Map.of("field", "next")));
  }

  private static void shards(Jedis jedis) {
    var keys = IntStream.range(0, 100).mapToObj(i -> "many:" + i).toArray(String[]::new);
    var pairs = new ArrayList<String>();
    var withNone = new ArrayList<>(List.of("none"));
    var values = new ArrayList<String>();
    values.add(null);
    for (int i = 0; i < keys.length; i++) {
      pairs.addAll(List.of(keys[i], String.valueOf(i)));
      withNone.add(keys[i]);
      values.add(String.valueOf(i));
    }
    var askedFor = withNone.toArray(String[]::new);
    check(jedis.mset(pairs.toArray(String[]::new)), "OK");
    check(jedis.mget(askedFor), values);
    check(jedis.exists(askedFor), 100L);
    check(jedis.del(askedFor), 100L);
    check(jedis.exists(keys), 0L);
  }

  private static void pipeline(Jedis jedis) {
    var replies = new ArrayList<Response<String>>();
    try (Pipeline pipeline = jedis.pipelined()) {
      for (int i = 0; i < PIPELINE_LENGTH; i += 2) {
        replies.add(pipeline.set("p:" + i, String.valueOf(i)));
        replies.add(pipeline.get("p:" + i));
      }
      pipeline.sync();
    }
    for (int i = 0; i < PIPELINE_LENGTH; i += 2) {
      check(replies.get(i).get(), "OK");
      check(replies.get(i + 1).get(), String.valueOf(i));
    }
  }

  private static byte[] binary() {
    var tail = bytes("\r\n\0\r\n$");
    var all = new byte[256 + tail.length];
    for (int i = 0; i < 256; i++) all[i] = (byte) i;
    System.arraycopy(tail, 0, all, 256, tail.length);
    return all;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void check(Object got, Object want) {
    if (!Objects.equals(got, want)) throw new AssertionError("got " + got + ", want " + want);
  }

  private static void checkError(Runnable action, String start) {
    try {
      action.run();
    } catch (JedisDataException error) {
      if (error.getMessage().startsWith(start)) return;
      throw error;
    }
    throw new AssertionError("got no error, want " + start);
  }
}
