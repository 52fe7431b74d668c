namespace Qwen2Audio.Cli.Tests;

/// <summary>Mistakes on the command line are reported before any work, by name and with a suggestion.</summary>
public sealed class UsageErrorsTests
{
    private static readonly string Date = Path.Combine("samples", "date.wav");

    [Theory]
    [InlineData("unknown option --word; did you mean --words?", "transcribe", "samples/date.wav", "--word")]
    [InlineData("unknown option --jsno; did you mean --json?", "transcribe", "--jsno", "samples/date.wav")]
    [InlineData("unknown option --label; did you mean --labels?", "classify", "samples/seven.wav", "--label", "yes,no")]
    [InlineData("unknown option --lables; did you mean --labels?", "classify", "samples/seven.wav", "--lables=yes,no")]
    [InlineData("unknown option --words: classify does not have it, transcribe does", "classify", "samples/seven.wav", "--words")]
    [InlineData("unknown option -x.wav; for a file of that name write ./-x.wav", "transcribe", "-x.wav")]
    [InlineData("unknown option --jsno", "transcribe", "samples/date.wav", "--model", "--jsno")]
    [InlineData("unknown option --jsno", "info", "--jsno")]
    [InlineData("unknown command transcibe; did you mean transcribe?", "transcibe", "samples/date.wav")]
    [InlineData("a command is needed: transcribe, classify")]
    [InlineData("info takes one PATH; b is one too many", "info", "a", "b")]
    [InlineData("--threads is two: a whole number", "transcribe", "samples/date.wav", "--threads", "two")]
    [InlineData("--threads is -1: 0…1024", "transcribe", "samples/date.wav", "--threads", "-1")]
    [InlineData("--ctc-weight is 1.5: 0…1", "evaluate", "a.tsv", "--ctc-weight", "1.5")]
    [InlineData("--decoding is ctc-gredy: combined, ctc-only, ctc-greedy or decoder-only is allowed; did you mean ctc-greedy?", "transcribe", "samples/date.wav", "--decoding", "ctc-gredy")]
    [InlineData("--task is smell: sound, keyword, digit or speech", "classify", "samples/seven.wav", "--task", "smell")]
    [InlineData("train needs --run DIR", "train", "recipes/tiny.yaml")]
    [InlineData("--datasets is empty", "evaluate", "a.tsv", "--datasets", "")]
    [InlineData("--datasets is empty", "evaluate", "a.tsv", "--datasets", " , ")]
    [InlineData("--max-skipped-percent is 101: 0…100", "evaluate", "a.tsv", "--max-skipped-percent", "101")]
    [InlineData("a label is given twice", "classify", "samples/seven.wav", "--labels", "seven,Seven")]
    [InlineData("a label is given twice", "classify", "samples/seven.wav", "--labels", "yes,YES")]
    [InlineData("a label is given twice", "classify", "samples/seven.wav", "--labels", "dog_bark,dog bark")]
    [InlineData("a label is empty", "classify", "samples/seven.wav", "--labels", "yes,,no")]
    [InlineData("FILE is empty", "transcribe", "")]
    [InlineData("FILE is empty", "classify", "samples/seven.wav", "")]
    [InlineData("--model is empty: DIR is needed", "transcribe", "samples/date.wav", "--model", "")]
    [InlineData("--run is empty: DIR is needed", "train", "recipes/tiny.yaml", "-r", "")]
    [InlineData("MANIFEST is empty", "evaluate", "")]
    [InlineData("RECIPE is empty", "train", "", "--check")]
    [InlineData("--threads is empty: N is needed", "transcribe", "samples/date.wav", "--threads", "")]
    [InlineData("--beam cannot be used with --decoding ctc-greedy", "transcribe", "samples/date.wav", "--decoding", "ctc-greedy", "--beam", "4")]
    [InlineData("--template is llama: qwen2, qwen2-audio or qwen2.5 is allowed", "chat", "--model", "nowhere", "--template", "llama")]
    [InlineData("--template is qwen2-audi: qwen2, qwen2-audio or qwen2.5 is allowed; did you mean qwen2-audio?", "transcribe", "samples/date.wav", "--template", "qwen2-audi")]
    [InlineData("--beam is 0", "transcribe", "samples/date.wav", "--beams", "0")]
    public void A_mistake_ends_with_code_2_before_any_work(string message, params string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void The_advice_names_the_command_at_hand() =>
        Assert.Contains("'qwen2audio transcribe --help'", ProgramRun.Of("transcribe", Date, "--beam", "many").Error, StringComparison.Ordinal);

    [Fact]
    public void Help_shows_choices_as_they_are_typed()
    {
        var help = ProgramRun.Of("transcribe", "--help").Output;
        Assert.Contains("<combined|ctc-only|ctc-greedy|decoder-only>", help, StringComparison.Ordinal);
        Assert.Contains("[default: combined]", help, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_is_too_long_for_the_model_is_a_mistake_of_usage()
    {
        var run = ProgramRun.Of("classify", "samples/seven.wav", "--labels", new string('a', 20_000) + ",seven");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("text units; at most", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("-clip.wav", "--", "-clip.wav")]
    [InlineData("-clip.wav", "./-clip.wav")]
    [InlineData("@clip.wav", "@clip.wav")]
    [InlineData("@", "@")]
    public void A_file_whose_name_begins_with_a_dash_or_an_at_sign_can_be_reached(string file, params string[] name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Fixtures.Repository, Date), Path.Combine(folder, file));
        var run = ProgramRun.In(folder, ["transcribe", "--model", Path.Combine(Fixtures.Repository, "models", "default"), .. name]);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("january", run.Output, StringComparison.OrdinalIgnoreCase);
    }
}
