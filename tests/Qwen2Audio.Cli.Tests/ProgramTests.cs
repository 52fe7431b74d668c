namespace Qwen2Audio.Cli.Tests;

/// <summary>What a user of the program relies on.</summary>
public sealed class ProgramTests
{
    private static readonly string Date = Path.Combine("samples", "date.wav");
    private static readonly string Seven = Path.Combine("samples", "seven.wav");

    [Fact]
    public void Transcribe_writes_the_words_of_the_sample()
    {
        var run = ProgramRun.Of("transcribe", Date);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("january twenty first nineteen seventy six", run.Output.Trim(), ignoreCase: true);
    }

    [Fact]
    public void Transcribe_with_json_writes_one_object_a_file()
    {
        var run = ProgramRun.Of("transcribe", Date, Seven, "--json");
        Assert.Equal(0, run.ExitCode);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using var document = JsonDocument.Parse(lines[0]);
        var root = document.RootElement;
        Assert.Equal(Date, root.GetProperty("file").GetString());
        var end = 0.0;
        foreach (var word in root.GetProperty("words").EnumerateArray())
        {
            Assert.False(string.IsNullOrEmpty(word.GetProperty("text").GetString()));
            Assert.True(word.GetProperty("start").GetDouble() >= end - 1e-6);
            end = word.GetProperty("end").GetDouble();
            Assert.InRange(word.GetProperty("confidence").GetDouble(), 0, 1);
        }

        Assert.InRange(end, 0.1, root.GetProperty("seconds_of_audio").GetDouble() + 1e-3);
        Assert.Equal(JsonValueKind.Array, root.GetProperty("warnings").ValueKind);
        Assert.True(root.GetProperty("seconds_taken").GetDouble() > 0);
        Assert.Equal(JsonValueKind.String, root.GetProperty("text").ValueKind);
    }

    [Fact]
    public void Classify_chooses_among_given_labels()
    {
        var run = ProgramRun.Of("classify", Seven, "--labels", "six,seven,eight", "--json");
        Assert.Equal(0, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        var labels = document.RootElement.GetProperty("labels").EnumerateArray().ToList();
        Assert.Equal(3, labels.Count);
        Assert.Equal("seven", labels[0].GetProperty("label").GetString());
        Assert.Equal(1, labels.Sum(label => label.GetProperty("probability").GetDouble()), 1e-3);
    }

    [Fact]
    public void A_missing_file_is_bad_input_and_the_others_are_still_read()
    {
        var run = ProgramRun.Of("transcribe", "no-such.wav", Date);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("no-such.wav", run.Error, StringComparison.Ordinal);
        Assert.Contains("january twenty first nineteen seventy six", run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_audio_is_refused_by_its_content()
    {
        using var folder = new TemporaryFolder();
        var file = folder["clip.wav"];
        File.WriteAllText(file, "<html>not audio</html>");
        var run = ProgramRun.Of("classify", file);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate", "samples/date.wav")]
    [InlineData("evaluate", "no-such.tsv")]
    [InlineData("info", "samples")]
    [InlineData("parity", "samples")]
    [InlineData("transcribe", "samples")]
    [InlineData("transcribe", "samples/date.wav", "--model", "samples")]
    [InlineData("transcribe", "samples/date.wav", "--model", "tests/fixtures/qwen2-moe-mixed")]
    [InlineData("train", "samples/date.wav", "--run", "no-such-run")]
    public void Bad_input_has_exit_code_3_and_names_what_it_is_about(params string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(arguments.Contains("--model") ? arguments[^1] : arguments[1], run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.InRange(run.Error.Length, 10, 1000);
    }

    [Theory]
    [InlineData("transcribe")]
    [InlineData("transcribe", "a.wav", "--threads", "-1")]
    [InlineData("transcribe", "a.wav", "--decoding", "loud")]
    [InlineData("classify", "a.wav", "--task", "smell")]
    [InlineData("transcribe", "a.wav", "--beam", "0")]
    [InlineData("evaluate", "a.tsv", "--ctc-weight", "1.5")]
    [InlineData("evaluate", "a.tsv", "--limit", "0")]
    [InlineData("bench")]
    [InlineData("no-such-command")]
    public void Wrong_usage_has_exit_code_2(params string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.NotEmpty(run.Error);
    }

    [Theory]
    [InlineData("transcribe")]
    [InlineData("classify")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("info")]
    [InlineData("parity")]
    [InlineData("bench")]
    [InlineData("tokenize")]
    public void Help_shows_an_example(string command)
    {
        var run = ProgramRun.Of(command, "--help");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Example", run.Output, StringComparison.Ordinal);
        Assert.Contains($"qwen2audio {command}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_names_the_model_and_its_memory()
    {
        var run = ProgramRun.Of("info", "--json");
        Assert.Equal(0, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal("qwen2_audio_ctc", document.RootElement.GetProperty("model_type").GetString());
        Assert.True(document.RootElement.GetProperty("parameters").GetInt64() > 1_000_000);
    }

    [Fact]
    public void Parity_holds_on_a_recorded_checkpoint_and_names_where_a_changed_one_differs()
    {
        var folder = Path.Combine(Fixtures.Repository, "tests", "fixtures", "qwen2-moe-mixed");
        Assert.Equal(0, ProgramRun.Of("parity", folder).ExitCode);

        using var copy = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(folder)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var config = Path.Combine(copy, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"norm_topk_prob\": true", "\"norm_topk_prob\": false", StringComparison.Ordinal));
        var run = ProgramRun.Of("parity", copy);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("layer 1", run.Error, StringComparison.Ordinal); // the first sparse layer
    }

    [Fact]
    public void A_recipe_with_mistakes_is_refused_before_the_first_step_with_all_of_them()
    {
        using var folder = new TemporaryFolder();
        var file = folder["recipe.yaml"];
        File.WriteAllText(file, """
            data: {manifests: [a.tsv], frames_per_batch: 5}
            phases:
              - {steps: 10, learning_rate: .nan, warmup_steps: 20, draws: {an4: 1}}
            """);
        var run = ProgramRun.Of("train", file, "--run", folder["run"]);
        Assert.Equal(3, run.ExitCode);
        foreach (var setting in new[] { file, "data.frames_per_batch", "phases[0].learning_rate", "phases[0].warmup_steps" })
            Assert.Contains(setting, run.Error, StringComparison.Ordinal);
    }
}
