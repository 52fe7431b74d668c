using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Tasks.Tests;

namespace Qwen2Audio.Cli.Tests;

/// <summary>speak: where the text comes from, where the audio goes, what is told.</summary>
public sealed class SpeakCommandTests : IDisposable
{
    private const string Text = "One, a two. Two one!\nA one two.";
    private readonly TinySpeaker _speaker = new();
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_same_samples_go_to_every_kind_of_output()
    {
        var run = Of("speak", Text, _folder["a.wav"], "--voice", "bea");
        Assert.True(run.ExitCode == 0, run.Error);
        var spoken = AudioFile.Read(_folder["a.wav"]);
        Assert.Equal(FormattableString.Invariant($"{_folder["a.wav"]}: {spoken.Seconds:0.00} s, voice bea\n"), run.Output);
        var raw = File.ReadAllBytes(_folder["a.wav"])[WavWriter.HeaderBytes..];

        _folder.Write("text.txt", Text);
        var json = Of("speak", "--text-file", _folder["text.txt"], _folder["a.flac"], "--voice", "bea", "--json");
        Assert.True(json.ExitCode == 0, json.Error);
        Assert.Equal(spoken.Samples, AudioFile.Read(_folder["a.flac"]).Samples);
        var told = JsonDocument.Parse(json.Output).RootElement;
        Assert.Equal(("bea", spoken.Frames), (told.GetProperty("voice").GetString(), told.GetProperty("samples").GetInt32()));
        Assert.Equal($"warning: {told.GetProperty("warnings")[0].GetString()}\n", run.Error); // random weights: samples were clipped
        Assert.True(told.GetProperty("clipped_samples").GetInt32() > 0);

        var piped = Redirected($"< '{_folder["text.txt"]}' > '{_folder["piped"]}'", "speak", "-", "-", "--raw", "--voice", "bea");
        Assert.True(piped.ExitCode == 0, piped.Error);
        Assert.Equal(raw, File.ReadAllBytes(_folder["piped"]));
        Assert.Equal(0, Redirected($"< '{_folder["text.txt"]}' | cat > '{_folder["piped"]}'", "speak", "-", "-", "--voice", "bea").ExitCode);
        var read = AudioFile.Read(_folder["piped"]);
        Assert.Equal(spoken.Samples, read.Samples);
        Assert.Equal(AudioWarningCode.LengthUnknown, Assert.Single(read.Warnings).Code);
    }

    /// <summary>Nobody chose these names, so nothing is replaced.</summary>
    [Fact]
    public void Without_a_name_a_new_file_is_written_in_the_current_folder()
    {
        _folder.Write("story.txt", "One.");
        foreach (var arguments in (string[][])[["one"], ["one"], ["--text-file", "story.txt"]])
        {
            var run = ProgramRun.In(_folder, ["speak", .. arguments, "--model", _speaker.Folder]);
            Assert.True(run.ExitCode == 0, run.Error);
        }

        Assert.Equal(["speech-2.wav", "speech.wav", "story.txt", "story.wav"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_not_spoken_is_told_with_its_place()
    {
        _folder.Write("text.txt", "One two.\nA 😀 one,\r\n  привет two.\n");
        var run = Of("speak", "--text-file", _folder["text.txt"], _folder["a.wav"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"warning: {_folder["text.txt"]}, line 2, character 3: \"😀\" was left out", run.Error, StringComparison.Ordinal);
        Assert.Contains($"warning: {_folder["text.txt"]}, line 3, character 3: \"привет\" was left out", run.Error, StringComparison.Ordinal);
        run = Of("speak", "one 😀", _folder["a.wav"], "--json");
        Assert.StartsWith("character 5: ", JsonDocument.Parse(run.Output).RootElement.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("", run.Error);
        run = Of("speak", "...", _folder["none.wav"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("warning: The text has nothing that can be spoken.", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, AudioFile.Read(_folder["none.wav"]).Frames);
    }

    [Fact]
    public void Voices_are_listed()
    {
        Assert.Equal("ann\nbea\n", Of("speak", "--list-voices").Output);
        Assert.Equal("{\"voices\":[\"ann\",\"bea\"]}\n", Of("speak", "--list-voices", "--json").Output);
    }

    [Fact]
    public void Info_says_how_the_model_draws()
    {
        using var guided = new TinySpeaker(guidance: 2.5);
        var draws = JsonDocument.Parse(ProgramRun.Of("info", guided.Folder, "--json").Output).RootElement.GetProperty("draws");
        Assert.Equal((2.5, 0.7), (draws.GetProperty("guidance").GetDouble(), draws.GetProperty("temperature").GetDouble()));
        Assert.Contains("guidance 2.5 by text and 1 by voice, temperature 0.7\n", ProgramRun.Of("info", guided.Folder).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_is_spoken_like_a_recording()
    {
        using var speaker = new TinySpeaker(takesRecordings: true);
        using (var file = File.Create(_folder["me.wav"])) WavWriter.Write(file, [.. Enumerable.Range(0, 40_000).Select(i => 0.3f * MathF.Sin(0.1f * i))], 16_000);
        using (var file = File.Create(_folder["short.wav"])) WavWriter.Write(file, [.. Enumerable.Range(0, 8_000).Select(i => 0.3f * MathF.Sin(0.1f * i))], 8_000);
        using (var file = File.Create(_folder["silence.wav"])) WavWriter.Write(file, new float[8_000], 8_000);
        ProgramRun Like(string recording, params string[] more) => ProgramRun.Of(["speak", "one", _folder["out.wav"], "--voice-from", _folder[recording], "--model", speaker.Folder, "--threads", "1", .. more]);
        var run = Like("short.wav");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.EndsWith($"s, voice of {_folder["short.wav"]}\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"warning: {_folder["short.wav"]}: The recording has 1.0 s of sound", run.Error, StringComparison.Ordinal);
        run = Like("me.wav", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        var told = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(_folder["me.wav"], told.GetProperty("voice_from").GetString());
        Assert.False(told.TryGetProperty("voice", out _));
        Assert.Contains("esampled", told.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);

        var written = File.ReadAllBytes(_folder["out.wav"]);
        Fails(3, $"{_folder["silence.wav"]}: found no sound; allowed: a recording of a voice.", Like("silence.wav"));
        Fails(3, "missing.wav", Like("missing.wav"));
        Fails(2, "give either --voice or --voice-from.", Like("me.wav", "--voice", "ann"));
        Fails(3, "to speak like a recording it must be trained with speaker_embedding", Of("speak", "one", _folder["out.wav"], "--voice-from", _folder["me.wav"]));
        Fails(2, "me.wav would be replaced by the output", Of("speak", "one", _folder["me.wav"], "--voice-from", _folder["me.wav"]));
        Assert.Equal(written, File.ReadAllBytes(_folder["out.wav"]));
        Assert.Contains("ann, bea, or like a recording", ProgramRun.Of("info", speaker.Folder).Output, StringComparison.Ordinal);

        static void Fails(int code, string message, ProgramRun failed)
        {
            Assert.True(failed.ExitCode == code, failed.Error);
            Assert.Contains(message, failed.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Info_says_what_a_model_that_speaks_lacks_and_what_its_lexicon_is_for()
    {
        Directory.Delete(Path.Combine(_speaker.Folder, "codec"), recursive: true);
        var told = JsonDocument.Parse(ProgramRun.Of("info", _speaker.Folder, "--json").Output).RootElement;
        Assert.Equal("the folder codec (the codec in whose tokens it speaks)", Assert.Single(told.GetProperty("missing").EnumerateArray()).GetString());
        Assert.Equal("pronunciations.lexicon", Assert.Single(told.GetProperty("used_files").EnumerateArray()).GetString());
        Assert.Contains("the CTC beam search", told.GetProperty("decoding").GetString(), StringComparison.Ordinal); // it does not look for the lexicon's words
    }

    /// <summary>A sentence is heard while the next one has not been written yet; when the program is interrupted, a pipe has whole samples, and a file does not appear.</summary>
    [Theory]
    [InlineData("-")]
    [InlineData("x.wav")]
    public async Task A_text_is_spoken_while_it_is_written_and_an_interruption_leaves_no_half_file(string output)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent with kill");
        var start = ProgramRun.Info("dotnet", [ProgramRun.Program, "speak", "-", output, "--model", _speaker.Folder, "--threads", "1"], _folder);
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync("One two. Two");
        await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var bytes = new byte[WavWriter.HeaderBytes + 640];
        if (output == "-") await process.StandardOutput.BaseStream.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken); // waits until they come
        else while (Directory.GetFiles(_folder, ".*").Length == 0) await Task.Delay(20, TestContext.Current.CancellationToken);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var rest = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(rest, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, process.ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        if (output == "-") Assert.True(AudioFile.Read(new MemoryStream([.. bytes, .. rest.ToArray()])).Frames >= 320);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_before_anything_is_written()
    {
        File.WriteAllBytes(_folder["bytes.txt"], [.. "One. Two. "u8, 0xFF]);
        _folder.Write("notes.wav", "mine");
        Fails(2, "give TEXT, --text-file FILE, or - for standard input", "speak");
        Fails(2, "give either TEXT or --text-file", "speak", "one", _folder["x.wav"], "--text-file", _folder["bytes.txt"]);
        Fails(2, "names that end in .wav or .flac are allowed", "speak", "one", _folder["x.mp3"]);
        Fails(2, "notes.wav already exists and is not a WAV file", "speak", "one", _folder["notes.wav"]);
        Fails(2, "--voice is \"cat\"; allowed: ann, bea.", "speak", "one", _folder["x.wav"], "--voice", "cat");
        Fails(2, "--speed is 9", "speak", "one", _folder["x.wav"], "--speed", "9");
        Fails(2, "so OUT cannot be -", "speak", "one", "-", "--json");
        Fails(3, "missing.txt", "speak", "--text-file", _folder["missing.txt"], _folder["x.wav"]);
        Fails(3, "line 1: found the byte 0xFF, which is not valid UTF-8", "speak", "--text-file", _folder["bytes.txt"], _folder["x.wav"]);
        var piped = Redirected($"< '{_folder["bytes.txt"]}'", "speak", "-", _folder["x.wav"]);
        Assert.Equal(3, piped.ExitCode);
        Assert.Contains("standard input, byte 10: found the byte 0xFF, which is not valid UTF-8", piped.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["x.wav"]));
        Assert.Empty(Directory.GetFiles(_folder, ".*"));

        void Fails(int code, string message, params string[] arguments)
        {
            var failed = Of(arguments);
            Assert.True(failed.ExitCode == code, failed.Error);
            Assert.Contains(message, failed.Error, StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        _speaker.Dispose();
        _folder.Dispose();
    }

    private ProgramRun Of(params string[] arguments) => ProgramRun.Of([.. arguments, "--model", _speaker.Folder, "--threads", "1"]);

    private ProgramRun Redirected(string redirections, params string[] arguments) => ProgramRun.Redirected(redirections, [.. arguments, "--model", _speaker.Folder, "--threads", "1"]);
}
