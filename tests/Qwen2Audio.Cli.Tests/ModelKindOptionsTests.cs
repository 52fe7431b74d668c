using Qwen2Audio.Tasks.Tests;
using Qwen2Audio.Tasks.Tests.Whisper;

namespace Qwen2Audio.Cli.Tests;

/// <summary>Choices that the model does not support are reported as wrong usage, folders that do not match as bad input, never as a bug.</summary>
public sealed class ModelKindOptionsTests : IDisposable
{
    private static readonly string Seven = Path.Combine(Fixtures.Repository, "samples", "seven.wav");
    private readonly TinyChat _chat = new();
    private readonly TinyWhisper _whisper = new();

    [Theory]
    [InlineData("--translate", "--translate")]
    [InlineData("--decoding", "--decoding", "ctc-only")]
    [InlineData("--beam", "--beam", "7")]
    [InlineData("--no-speech-gate", "--no-speech-gate")]
    [InlineData("--language", "--language", "de", "--prompt", "What is said?")]
    [InlineData("Klingon", "--language", "Klingon")]
    [InlineData("AUDIO", "--language", "AUDIO")]
    public void Qwen2_Audio_refuses_what_it_has_no_meaning_for(string named, params string[] options) =>
        Refused(2, named, ["transcribe", Seven, "--model", _chat.Folder, .. options]);

    [Theory]
    [InlineData("de, en, fr", "--language", "Klingon")]
    [InlineData("--decoding", "--decoding", "decoder-only")]
    [InlineData("--no-speech-gate", "--no-speech-gate")]
    public void Whisper_refuses_what_it_does_not_have(string named, params string[] options) =>
        Refused(2, named, ["transcribe", Seven, "--model", _whisper.Folder, .. options]);

    [Theory]
    [InlineData("--language", "--language", "en")]
    [InlineData("--translate", "--translate")]
    [InlineData("--prompt", "--prompt", "x")]
    public void The_shipped_model_refuses_what_it_has_no_meaning_for(string named, params string[] options) =>
        Refused(2, named, ["transcribe", Seven, .. options]);

    [Theory]
    [InlineData("Temperature", "--temperature", "1e-7")]
    [InlineData("stop string", "--stop", "")]
    public void Chat_refuses_a_choice_out_of_range(string named, params string[] options) =>
        Refused(2, named, ["chat", "--model", _chat.Folder, "--prompt", "x", "--max-tokens", "2", .. options]);

    [Fact]
    public void Files_of_a_folder_that_do_not_fit_each_other_are_bad_input()
    {
        File.WriteAllText(Path.Combine(_chat.Folder, "generation_config.json"), """{"eos_token_id": 5000}""");
        Refused(3, "$.eos_token_id[0]", ["chat", "--model", _chat.Folder, "--prompt", "x"]);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_bad_input_for_every_command()
    {
        foreach (var file in new[] { _chat.Folder, _whisper.Folder }.Select(folder => Path.Combine(folder, "model.safetensors")))
        {
            var bytes = File.ReadAllBytes(file);
            bytes.AsSpan(bytes.Length / 8 * 6).Fill(0xff);
            File.WriteAllBytes(file, bytes);
        }

        Refused(3, "finite numbers", ["chat", "--model", _chat.Folder, "--prompt", "x", "--temperature", "1"]);
        Refused(3, "finite numbers", ["transcribe", Seven, "--model", _chat.Folder]);
        Refused(3, "finite numbers", ["transcribe", Seven, "--model", _whisper.Folder]);
        Refused(3, "finite numbers", ["classify", Seven, "--model", _chat.Folder, "--labels", "a,b"]);
        Refused(3, "finite numbers", ["classify", Seven, "--model", _whisper.Folder, "--labels", "a,b"]);
    }

    [Fact]
    public void A_clip_that_is_too_long_is_refused_before_it_enters_the_conversation()
    {
        var file = Path.Combine(_chat.Folder, "long.wav");
        Waves.Write(file, [.. Enumerable.Range(0, 64_000).Select(i => 0.3f * MathF.Sin(i * 0.1f))]);
        var turns = Path.Combine(_chat.Folder, "turns.txt");
        File.WriteAllText(turns, $"/audio {file}\n");
        var run = ProgramRun.Redirected($"< '{turns}'", "chat", "--model", _chat.Folder);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains($"{file} lasts 4.0 s", run.Error, StringComparison.Ordinal);
        Refused(3, "4.0 s", ["chat", "--model", _chat.Folder, "--audio", file, "--prompt", "x"]);
    }

    [Fact]
    public void What_a_model_writes_does_not_act_on_a_terminal()
    {
        const string terminal = "/usr/bin/script";
        Assert.SkipUnless(File.Exists(terminal), $"{terminal} is not there");
        string[] arguments = ["chat", "--model", _chat.Folder, "--prompt", "x", "--max-tokens", "300", "--temperature", "100", "--seed", "3"];
        var piped = ProgramRun.Of(arguments);
        Assert.Contains(piped.Output, Acts); // as it is
        var shown = ProgramRun.OnTerminal(terminal, arguments);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("\\u00", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(shown.Output.Replace("\u001b[?1h\u001b=", "", StringComparison.Ordinal).Replace("\u001b[?1l\u001b>", "", StringComparison.Ordinal), Acts); // .NET sets the keypad

        static bool Acts(char c) => char.IsControl(c) && c is not ('\n' or '\r' or '\t');
    }

    [Fact]
    public void Info_lists_generation_settings_that_nobody_reads_and_what_is_wrong_with_others()
    {
        TinyWhisper.Edit(_whisper.Folder, "generation_config.json", json => json["return_timestamps"] = true);
        Assert.Equal("$.return_timestamps", Info("generation_fields_not_used")[0].GetString());
        TinyWhisper.Edit(_whisper.Folder, "generation_config.json", json => json["repetition_penalty"] = 2);
        Assert.Contains("$.repetition_penalty", Info("generation_problems").GetString(), StringComparison.Ordinal);
        Refused(3, "$.repetition_penalty", ["transcribe", Seven, "--model", _whisper.Folder]);

        JsonElement Info(string key) => JsonDocument.Parse(ProgramRun.Of("info", _whisper.Folder, "--json").Output).RootElement.GetProperty(key);
    }

    public void Dispose()
    {
        _chat.Dispose();
        _whisper.Dispose();
    }

    private static void Refused(int code, string named, string[] arguments)
    {
        var run = ProgramRun.Of(arguments);
        Assert.True(run.ExitCode == code, $"{string.Join(' ', arguments)}: {run.ExitCode}, {run.Error}");
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
