using System.Text.Json.Nodes;
using Qwen2Audio.Tasks.Tests;
using Qwen2Audio.Tasks.Tests.Whisper;

namespace Qwen2Audio.Cli.Tests;

/// <summary>How info, random, bench and tokenize report folders and options that do not match.</summary>
public sealed class ModelFactsTests : IDisposable
{
    private readonly TinyChat _chat = new();
    private readonly TinyWhisper _whisper = new();

    [Fact]
    public void Info_names_the_control_tokens_that_a_tokenizer_lacks()
    {
        File.WriteAllText(Path.Combine(_chat.Folder, "tokenizer_config.json"), """{"tokenizer_class": "Qwen2Tokenizer"}""");
        File.Delete(Path.Combine(_whisper.Folder, "added_tokens.json"));
        foreach (var (folder, token) in new[] { (_chat.Folder, "<|im_start|>"), (_whisper.Folder, "<|notimestamps|>") })
        {
            using var facts = JsonDocument.Parse(ProgramRun.Of("info", folder, "--json").Output);
            Assert.Contains(facts.RootElement.GetProperty("missing").EnumerateArray(), line => line.GetString()!.Contains(token, StringComparison.Ordinal));
        }

        Refused(3, "tokenizer_config.json", "chat", "--model", _chat.Folder, "--prompt", "x");
        Refused(3, "tokenizer_config.json", "transcribe", Path.Combine(Fixtures.Repository, "samples", "seven.wav"), "--model", _whisper.Folder);
    }

    [Fact]
    public void Info_is_laid_out_in_columns_and_counts_the_cache_of_short_contexts()
    {
        File.Delete(Path.Combine(_chat.Folder, "model.safetensors"));
        TinyWhisper.Edit(_chat.Folder, "config.json", json =>
        {
            json["text_config"]!["max_position_embeddings"] = 256;
            json["eos_token_id"] = 5;
            for (var i = 0; i < 9; i++) json[$"other_{i}"] = i;
        });
        var lines = ProgramRun.Of("info", _chat.Folder).Output.Split('\n');
        var column = lines.First(line => line.StartsWith("missing", StringComparison.Ordinal)).IndexOf("weights (", StringComparison.Ordinal);
        Assert.Equal(new string(' ', column) + "preprocessor_config.json", lines.First(line => line.EndsWith("preprocessor_config.json", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("a sequence of 256 tokens", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("fields not used", StringComparison.Ordinal) && line.Contains("--json", StringComparison.Ordinal));
        using var facts = JsonDocument.Parse(ProgramRun.Of("info", _chat.Folder, "--json").Output);
        Assert.DoesNotContain(facts.RootElement.GetProperty("fields_not_used").EnumerateArray(), field => field.GetString()!.Contains("eos_token_id", StringComparison.Ordinal));
    }

    [Fact]
    public void Paths_that_are_no_model_are_told_apart()
    {
        Refused(3, "found weights", "info", Path.Combine(_chat.Folder, "model.safetensors"));
        Refused(3, "no config.json", "info", Path.Combine(Fixtures.Repository, "samples"));
        Refused(3, "found a folder", "tokenize", "--model", _chat.Folder, "--file", _chat.Folder);
        Refused(2, "--cache is /proc/x", "download", "a/b", "--cache", "/proc/x");
    }

    [Fact]
    public void Random_takes_a_configuration_within_another_file()
    {
        var wrapped = Path.Combine(_chat.Folder, "wrapped.json");
        File.WriteAllText(wrapped, new JsonObject { ["config"] = JsonNode.Parse(TinyWhisper.Config), ["parameters"] = 5 }.ToJsonString());
        var target = Path.Combine(_chat.Folder, "random");
        var run = ProgramRun.Of("random", wrapped, "--out", target);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("KiB", run.Output, StringComparison.Ordinal);
        Assert.Equal("whisper", JsonNode.Parse(File.ReadAllText(Path.Combine(target, "config.json")))!["model_type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(2, "--model", "--training")]
    [InlineData(2, "holds 2048", "--prompt-tokens", "5000", "--audio-seconds", "1")]
    [InlineData(2, "takes at most 3 s", "--audio-seconds", "10")]
    public void Bench_refuses_what_the_model_cannot_do(int code, string named, params string[] options) =>
        Refused(code, named, ["bench", "--model", _chat.Folder, .. options]);

    [Fact]
    public void Bench_names_the_folder_of_a_model_that_it_does_not_measure() => Refused(3, _whisper.Folder, "bench", "--model", _whisper.Folder);

    [Fact]
    public void Help_says_what_holds_where_nothing_is_given()
    {
        var chat = ProgramRun.Of("chat", "--help").Output;
        foreach (var text in new[] { "512", "256 MiB", "repeated", "0.000001" }) Assert.Contains(text, chat, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _chat.Dispose();
        _whisper.Dispose();
    }

    private static void Refused(int code, string named, params string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.True(run.ExitCode == code, $"{string.Join(' ', arguments)}: {run.ExitCode}, {run.Error}");
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
