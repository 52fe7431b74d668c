using Qwen2Audio.Formats.Json;

namespace Qwen2Audio.Formats.Tests;

public sealed class ConfigObjectTests
{
    private static ConfigObject Parse(string json) => ConfigObject.Parse(json, "config.json");

    private static string Problems(string json, Action<ConfigObject> read) => Assert.Throws<ConfigException>(() => Parse(json).Build(config =>
    {
        read(config);
        return 0;
    })).Message;

    [Fact]
    public void Fields_are_read_with_their_types_and_defaults()
    {
        var config = Parse("""
            {"hidden_size":896,"rms_norm_eps":1e-06,"rope_theta":1000000,"tie":true,"model_type":"qwen2","sliding_window":null,
            "layers":[1,2],"eos_token_id":7,"betas":[0.9,1],"names":["a","b"],"text_config":{"hidden_size":4,"big":9007199254740993}}
            """);
        Assert.Equal(896, config.Int("hidden_size", min: 1));
        Assert.Equal(1e-6, config.Number("rms_norm_eps"));
        Assert.Equal(1e6, config.NumberOr("rope_theta", 1));
        Assert.True(config.Bool("tie"));
        Assert.False(config.BoolOr("none", false));
        Assert.Equal("qwen2", config.String("model_type", "qwen2", "qwen2_moe"));
        Assert.Equal("silu", config.StringOr("hidden_act", "silu", "silu"));
        Assert.Equal(4096, config.IntOr("sliding_window", 4096));
        Assert.False(config.Has("sliding_window"));
        Assert.Equal([1, 2], config.IntListOr("layers", []));
        Assert.Equal([7], config.IntOrListOr("eos_token_id", []));
        Assert.Equal([1, 2], config.IntOrListOr("layers", []));
        Assert.Equal([3], config.IntOrListOr("absent", [3]));
        Assert.Equal([0.9, 1], config.NumberListOr("betas", []));
        Assert.Equal(["a", "b"], config.StringListOr("names", []));
        Assert.Equal(4, config.Object("text_config").Int("hidden_size"));
        Assert.Equal(9007199254740993, config.Object("text_config").Long("big"));
        Assert.Null(config.ObjectOrNull("audio_config"));
        config.ThrowIfBad();
        Assert.Empty(config.Unread);
    }

    [Fact]
    public void Fields_that_nobody_asked_for_are_accepted_and_listed()
    {
        var config = Parse("""{"a":1,"b":{"c":1,"d":2},"e":{"f":1},"g":null,"h i":1}""");
        config.Int("a");
        config.Object("b").Int("d");
        Assert.Equal(["$.e", "$[\"h i\"]", "$.b.c"], config.Unread);
    }

    [Fact]
    public void All_problems_are_listed_at_once_with_path_found_and_allowed()
    {
        var message = Problems("""{"a":0,"b":1.5,"c":"x","d":[1,"2"],"e":{"f":true},"h":5,"i":9999999999,"j":2.0}""", config =>
        {
            config.Int("a", min: 1);
            config.Int("b");
            config.Bool("c");
            config.IntListOr("d", []);
            config.Object("e").Number("f");
            config.Object("e").String("missing");
            config.Object("h").Int("inner");
            config.Object("none");
            config.IntOr("i", 5);
            config.String("c", "silu", "gelu");
            config.Int("j");
            config.AddProblem("a", "0 heads", "some");
        });
        Assert.StartsWith("config.json: 12 problems:", message, StringComparison.Ordinal);
        Assert.Contains("$.a: found 0; allowed: a whole number ≥ 1", message, StringComparison.Ordinal);
        Assert.Contains("$.i: found 9999999999; allowed: a whole number ≤ 2147483647", message, StringComparison.Ordinal);
        Assert.Contains("$.a: found 2147483648; allowed: a whole number from 1 to 2147483647",
            Problems("""{"a":2147483648}""", config => config.Int("a", min: 1)), StringComparison.Ordinal);
        Assert.Contains("$.b: found 1.5; allowed: a whole number", message, StringComparison.Ordinal);
        Assert.Contains("$.c: found \"x\"; allowed: true or false", message, StringComparison.Ordinal);
        Assert.Contains("$.d[1]: found \"2\"; allowed: whole numbers", message, StringComparison.Ordinal);
        Assert.Contains("$.e.f: found true; allowed: a number", message, StringComparison.Ordinal);
        Assert.Contains("$.e.missing: found nothing; allowed: text", message, StringComparison.Ordinal);
        Assert.Contains("$.h: found 5; allowed: an object", message, StringComparison.Ordinal);
        Assert.Contains("$.none: found nothing; allowed: an object", message, StringComparison.Ordinal);
        Assert.Contains("$.i: found 9999999999", message, StringComparison.Ordinal);
        Assert.Contains("$.c: found \"x\"; allowed: silu, gelu", message, StringComparison.Ordinal);
        Assert.DoesNotContain("inner", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_getter_that_met_a_problem_returns_a_value_within_its_bounds()
    {
        var config = Parse("""{"a":-5,"b":"x"}""");
        Assert.Equal(3, config.Int("a", min: 3, max: 9));
        Assert.Equal(1, config.Number("b", min: 0.5));
        Assert.Equal(7, config.IntOr("a", 7, min: 1));
        Assert.Equal("silu", config.String("b", "silu"));
        Assert.Throws<ConfigException>(config.ThrowIfBad);
    }

    [Theory]
    [InlineData("""{"a":1e400}""", "$.a: found 1e400; allowed: a finite number")]
    [InlineData("""{"a":{"b":[0,-1e999]}}""", "$.a.b[1]")]
    [InlineData("""{"a":1,"b":2,"a":3}""", "$.a: found the name twice; allowed: each name once")]
    [InlineData("""{"x":{"a":1,"\u0061":3}}""", "$.x.a: found the name twice")]
    [InlineData("""{"a":NaN}""", "line 1")]
    [InlineData("""{"a":Infinity}""", "line 1")]
    [InlineData("{\n// c\n}", "line 2")]
    [InlineData("""{"a":1,}""", "line 1")]
    [InlineData("""{"a":01}""", "line 1")]
    [InlineData("""{"a":1}{}""", "line 1")]
    [InlineData("", "line 1")]
    [InlineData("\uFEFF{}", "line 1")]
    [InlineData("""{"a":"\ud800"}""", "$.a: found text with an unpaired surrogate")]
    [InlineData("""{"\udc00":1}""", "surrogate")]
    [InlineData("[]", "$: found an array; allowed: an object")]
    [InlineData("5", "$: found 5; allowed: an object")]
    public void Text_that_is_not_strict_JSON_is_refused_with_its_place(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<ConfigException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_above_1_MiB_and_a_deep_one_are_refused()
    {
        using var folder = new TemporaryFolder();
        var large = folder.Write("large.json", "{\"a\":\"" + new string('x', 1 << 20) + "\"}");
        Assert.Contains("at most 1048576 bytes", Assert.Throws<ConfigException>(() => ConfigObject.Open(large)).Message, StringComparison.Ordinal);
        var deep = folder.Write("deep.json", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)));
        Assert.Contains("invalid JSON", Assert.Throws<ConfigException>(() => ConfigObject.Open(deep)).Message, StringComparison.Ordinal);
        var bytes = folder.Write("bytes.json", [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        Assert.Contains("UTF-8", Assert.Throws<ConfigException>(() => ConfigObject.Open(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_32_levels_are_read_and_33_are_not()
    {
        static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);
        Assert.True(Parse(Deep(32)).Has("a"));
        Assert.Contains("at most 32 levels", Assert.Throws<ConfigException>(() => Parse(Deep(33))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version":3}""", "it was written by a newer version, 3; this build reads up to 2")]
    [InlineData("""{"version":0}""", "a version from 1 to 2")]
    [InlineData("""{"version":"2"}""", "a version from 1 to 2")]
    [InlineData("{}", "found nothing")]
    public void A_newer_format_version_is_refused_and_says_so(string json, string expected) =>
        Assert.Contains(expected, Problems(json, config => config.Version("version", 2)), StringComparison.Ordinal);

    [Fact]
    public void An_unknown_model_type_is_refused_with_the_supported_ones() =>
        Assert.Contains("$.model_type: found \"llama\"; allowed: qwen2, qwen2_moe",
            Problems("""{"model_type":"llama"}""", config => config.String("model_type", "qwen2", "qwen2_moe")), StringComparison.Ordinal);

    [Fact]
    public void Lines_are_read_one_object_each_and_problems_name_the_line()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.jsonl", "{\"a\":1}\n\n{\"a\":\"" + new string('é', 100_000) + "\"}\r\n{\"a\":3}");
        var lines = JsonLines.Read(path).ToArray();
        Assert.Equal([1, 3], new[] { lines[0].Int("a"), lines[2].Int("a") });
        Assert.Equal(100_000, lines[1].String("a").Length);
        folder.Write("x.jsonl", "{\"a\":1}\n{\"a\":}\n");
        Assert.Contains($"{path}, line 2", Assert.Throws<ConfigException>(() => JsonLines.Read(path).ToArray()).Message, StringComparison.Ordinal);
        folder.Write("x.jsonl", new string(' ', JsonLines.LineBytes + 2));
        Assert.Contains("a longer line", Assert.Throws<ConfigException>(() => JsonLines.Read(path).ToArray()).Message, StringComparison.Ordinal);
        folder.Write("x.jsonl", "");
        Assert.Empty(JsonLines.Read(path));
        folder.Write("x.jsonl", "\uFEFF \n[{\"a\": 1},\n\n {\"b\": 2}]");
        Assert.Equal([2, 4], JsonLines.ReadNumbered(path).Select(line => line.Number));
        folder.Write("x.jsonl", "[{\"a\": 1},\n 7]");
        Assert.Contains($"{path}, line 2", Assert.Throws<ConfigException>(() => JsonLines.Read(path).ToArray()).Message, StringComparison.Ordinal);
    }
}
