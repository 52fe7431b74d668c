using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Cli.Tests;

/// <summary>What is written to standard output, and what to standard error.</summary>
public sealed class ProgramOutputTests
{
    [Theory]
    [InlineData("transcribe")]
    [InlineData("transcribe", "--no-speech-gate")]
    [InlineData("classify")]
    public void Without_a_result_standard_output_is_empty_and_the_reason_is_told(params string[] command)
    {
        using var folder = new TemporaryFolder();
        var file = folder["clip.wav"];
        foreach (var (samples, reason) in new[] { (16_000, "silent"), (0, "no samples") })
        {
            File.WriteAllBytes(file, Silence(samples));
            var run = ProgramRun.Of([.. command, file, file]);
            Assert.Equal(0, run.ExitCode);
            Assert.Empty(run.Output);
            Assert.Contains(reason, run.Error, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(2, run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        }
    }

    [Fact]
    public void Labels_that_the_model_does_not_know_are_told_with_those_that_it_knows()
    {
        var run = ProgramRun.Of("classify", Path.Combine("samples", "seven.wav"), "--labels", "dog,seven");
        Assert.Equal(0, run.ExitCode);
        foreach (var text in new[] { "dog (did you mean \"dog bark\"?)", "with each other", "none of them fits", "smart mirror", "chainsaw" })
            Assert.Contains(text, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_lists_labels_types_and_size()
    {
        using var document = JsonDocument.Parse(ProgramRun.Of("info", "--json").Output);
        var root = document.RootElement;
        Assert.Contains("dog bark", root.GetProperty("label_sets").GetProperty("sound").EnumerateArray().Select(label => label.GetString()));
        Assert.Equal("F16", root.GetProperty("dtype").GetString());
        Assert.Equal(
            new FileInfo(Path.Combine(Fixtures.Repository, "models", "default", "model.safetensors")).Length, root.GetProperty("disk_bytes").GetInt64());
    }

    [Theory]
    [InlineData("info")]
    [InlineData("parity", "tests/fixtures/qwen2-moe-mixed")]
    [InlineData("transcribe", "samples/date.wav", "--words")]
    public void Into_a_pipe_a_row_is_a_line_without_padding_or_escape_sequences(params string[] arguments)
    {
        var lines = ProgramRun.Of(arguments).Output.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.DoesNotContain(lines, line => line.Contains('\u001b'));
        if (arguments[0] == "info") Assert.Contains(lines, line => line.Contains("dog bark", StringComparison.Ordinal) && line.Contains("sea waves", StringComparison.Ordinal));
    }

    [Fact]
    public void Parity_ends_with_a_summary()
    {
        var lines = ProgramRun.Of("parity", "tests/fixtures/qwen2-moe-mixed", "--json").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var document = JsonDocument.Parse(lines[^1]);
        Assert.True(document.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(lines.Length - 1, document.RootElement.GetProperty("compared").GetInt32());
    }

    // 16 kHz, mono, 16 bit
    private static byte[] Silence(int samples)
    {
        using var memory = new MemoryStream();
        WavWriter.Write(memory, new float[samples], 16_000);
        return memory.ToArray();
    }
}
