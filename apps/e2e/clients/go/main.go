// A tour with go-redis: go run . HOST PORT RESP-VERSION
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const pipelineLength = 10_000

var ctx = context.Background()

func binary() string {
	var all []byte
	for i := 0; i < 256; i++ {
		all = append(all, byte(i))
	}
	return string(all) + "\r\n\x00\r\n$"
}

func check(err error, got, want any) {
	if err != nil {
		panic(err)
	}
	if !reflect.DeepEqual(got, want) {
		panic(fmt.Sprintf("got %#v, want %#v", got, want))
	}
}

func checkError(err error, start string) {
	if err == nil || !strings.HasPrefix(err.Error(), start) {
		panic(fmt.Sprintf("got error %v, want %q", err, start))
	}
}

func tourStrings(r *redis.Client) {
	set, err := r.Set(ctx, "s", "text", 100*time.Second).Result()
	check(err, set, "OK")
	get, err := r.Get(ctx, "s").Result()
	check(err, get, "text")
	ttl, err := r.TTL(ctx, "s").Result()
	check(err, ttl > 90*time.Second, true)
	check(nil, r.Get(ctx, "none").Err(), redis.Nil)
	n, err := r.IncrBy(ctx, "n", 41).Result()
	check(err, n, int64(41))
	n, err = r.Incr(ctx, "n").Result()
	check(err, n, int64(42))
	check(r.Set(ctx, binary(), binary(), 0).Err(), nil, nil)
	get, err = r.Get(ctx, binary()).Result()
	check(err, get, binary())
	checkError(r.Incr(ctx, "s").Err(), "ERR value is not an integer or out of range")
	checkError(r.LPush(ctx, "s", "x").Err(), "WRONGTYPE ")
	checkError(r.Do(ctx, "NOSUCH").Err(), "ERR unknown command")
}

func tourCollections(r *redis.Client) {
	n, err := r.HSet(ctx, "h", "a", "1", "b", "2").Result()
	check(err, n, int64(2))
	hash, err := r.HGetAll(ctx, "h").Result()
	check(err, hash, map[string]string{"a": "1", "b": "2"})
	fields, err := r.HMGet(ctx, "h", "b", "none").Result()
	check(err, fields, []any{"2", nil})
	n, err = r.RPush(ctx, "l", "a", "b", "c").Result()
	check(err, n, int64(3))
	list, err := r.LRange(ctx, "l", 0, -1).Result()
	check(err, list, []string{"a", "b", "c"})
	first, err := r.LPop(ctx, "l").Result()
	check(err, first, "a")
	n, err = r.SAdd(ctx, "set", "a", "b").Result()
	check(err, n, int64(2))
	members, err := r.SMembers(ctx, "set").Result()
	slices.Sort(members)
	check(err, members, []string{"a", "b"})
	n, err = r.ZAdd(ctx, "z", redis.Z{Score: 2, Member: "two"}, redis.Z{Score: 1.5, Member: "less"}).Result()
	check(err, n, int64(2))
	score, err := r.ZScore(ctx, "z", "less").Result()
	check(err, score, 1.5)
	sorted, err := r.ZRange(ctx, "z", 0, -1).Result()
	check(err, sorted, []string{"less", "two"})
}

func tourStream(r *redis.Client) {
	for _, entry := range [][]string{{"1-1", "value"}, {"2-1", "next"}} {
		check(r.XAdd(ctx, &redis.XAddArgs{Stream: "x", ID: entry[0], Values: []string{"field", entry[1]}}).Err(), nil, nil)
	}
	want := []redis.XMessage{
		{ID: "1-1", Values: map[string]any{"field": "value"}},
		{ID: "2-1", Values: map[string]any{"field": "next"}},
	}
	messages, err := r.XRange(ctx, "x", "-", "+").Result()
	check(err, messages, want)
	check(r.XGroupCreate(ctx, "x", "group", "0").Err(), nil, nil)
	newOnes := &redis.XReadGroupArgs{Group: "group", Consumer: "me", Streams: []string{"x", ">"}, Block: -1}
	read, err := r.XReadGroup(ctx, newOnes).Result()
	check(err, read, []redis.XStream{{Stream: "x", Messages: want}})
	n, err := r.XAck(ctx, "x", "group", "1-1", "2-1").Result()
	check(err, n, int64(2))
}

func tourShards(r *redis.Client) {
	var keys []string
	var pairs []any
	values := []any{nil}
	for i := range 100 {
		keys = append(keys, "many:"+strconv.Itoa(i))
		pairs = append(pairs, keys[i], i)
		values = append(values, strconv.Itoa(i))
	}
	withNone := append([]string{"none"}, keys...)
	set, err := r.MSet(ctx, pairs...).Result()
	check(err, set, "OK")
	got, err := r.MGet(ctx, withNone...).Result()
	check(err, got, values)
	n, err := r.Exists(ctx, withNone...).Result()
	check(err, n, int64(100))
	n, err = r.Del(ctx, withNone...).Result()
	check(err, n, int64(100))
	n, err = r.Exists(ctx, keys...).Result()
	check(err, n, int64(0))
}

func tourPipeline(r *redis.Client) {
	replies, err := r.Pipelined(ctx, func(pipeline redis.Pipeliner) error {
		for i := 0; i < pipelineLength; i += 2 {
			key := "p:" + strconv.Itoa(i)
			pipeline.Set(ctx, key, i, 0)
			pipeline.Get(ctx, key)
		}
		return nil
	})
	check(err, len(replies), pipelineLength)
	for i := 0; i < pipelineLength; i += 2 {
		check(nil, replies[i].(*redis.StatusCmd).Val(), "OK")
		check(nil, replies[i+1].(*redis.StringCmd).Val(), strconv.Itoa(i))
	}
}

func main() {
	version, err := strconv.Atoi(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	r := redis.NewClient(&redis.Options{
		Addr:       net.JoinHostPort(os.Args[1], os.Args[2]),
		Protocol:   version,
		MaxRetries: -1,
	})
	defer r.Close()
	for _, part := range []func(*redis.Client){tourStrings, tourCollections, tourStream, tourShards, tourPipeline} {
		part(r)
	}
	fmt.Println("done")
}
