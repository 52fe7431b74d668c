using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;

namespace Qwen2Audio.Cli.Tests;

/// <summary>encode and decode, and info of token files: files, folders, pipes, errors.</summary>
public sealed class EncodeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RandomCodec _codec = new(RandomCodec.Ours);

    public EncodeCommandTests()
    {
        Write("a.wav", 8000, 1, 20_011);
        Write("b.wav", 16_000, 2, 9_000);
    }

    [Fact]
    public void Sound_goes_to_tokens_and_back_through_files_and_pipes()
    {
        var run = Of("encode", _folder["a.wav"], _folder["a.tokens"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("2.50 s as 251 frames × 3 codebooks", run.Output, StringComparison.Ordinal);
        run = Of("decode", _folder["a.tokens"], _folder["a2.wav"]);
        Assert.True(run.ExitCode == 0, run.Error);
        var made = AudioFile.Read(_folder["a2.wav"]);
        Assert.Equal((8000, 1, 20_011), (made.SampleRate, made.Channels, made.Frames));
        Assert.Empty(made.Warnings);

        Assert.Equal(0, Piped($"cat '{_folder["a.wav"]}' | {Program("encode - -")} | {Program("decode - -")} > '{_folder["piped.wav"]}'").ExitCode);
        var piped = AudioFile.Read(_folder["piped.wav"]);
        Assert.Equal(made.Samples, piped.Samples);
        Assert.Equal(AudioWarningCode.LengthUnknown, Assert.Single(piped.Warnings).Code);
        Assert.Equal(0, Piped($"{Program($"encode '{_folder["a.wav"]}' -")} | {Program($"decode - '{_folder["known.wav"]}'")}").ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["a2.wav"]), File.ReadAllBytes(_folder["known.wav"]));

        foreach (var name in (string[])["a3.flac", "a3.flac", "a3.raw", "a3.raw"])
        {
            run = Of(["decode", _folder["a.tokens"], _folder[name], .. name.EndsWith("raw", StringComparison.Ordinal) ? (string[])["--raw"] : []]);
            Assert.True(run.ExitCode == 0, run.Error);
        }

        Assert.Equal(made.Samples, AudioFile.Read(_folder["a3.flac"]).Samples);
        Assert.Equal(File.ReadAllBytes(_folder["a2.wav"])[WavWriter.HeaderBytes..], File.ReadAllBytes(_folder["a3.raw"]));

        run = Of("decode", _folder["a.tokens"], _folder["one.wav"], "--codebooks", "1");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(20_011, AudioFile.Read(_folder["one.wav"]).Frames);
        Assert.NotEqual(made.Samples, AudioFile.Read(_folder["one.wav"]).Samples);
    }

    [Fact]
    public void Several_files_go_into_a_folder_and_one_that_fails_stops_no_other()
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["c.wav"], "no sound");
        var run = Of("encode", _folder["a.wav"], _folder["c.wav"], _folder["b.wav"], _folder["out"], "--json", "--codebooks", "2");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal(["a.tokens", "b.tokens"], Directory.GetFileSystemEntries(_folder["out"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, lines[0].GetProperty("codebooks").GetInt32());
        Assert.Contains("c.wav", lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, lines[2].GetProperty("warnings").GetArrayLength());
        Assert.Equal(4500, lines[2].GetProperty("samples").GetInt32());
        Assert.Equal(new FileInfo(_folder["out/b.tokens"]).Length, lines[2].GetProperty("bytes").GetInt64());

        var info = ProgramRun.Of("info", _folder["out/b.tokens"], "--json");
        Assert.True(info.ExitCode == 0, info.Error);
        var facts = JsonDocument.Parse(info.Output).RootElement;
        Assert.Equal("frame_codec", facts.GetProperty("model_type").GetString());
        Assert.Equal((2, 57, 4500), (facts.GetProperty("codebooks").GetInt32(), facts.GetProperty("frames").GetInt32(), facts.GetProperty("samples").GetInt32()));
        Assert.Equal(57 * 2 * 4 / (4500 / 8000.0) / 1000, facts.GetProperty("plain_kilobits").GetDouble(), 1e-9);
        Assert.Equal((57, 1, 2), (facts.GetProperty("plain_bytes").GetInt32(), facts.GetProperty("blocks").GetInt32(), facts.GetProperty("version").GetInt32()));
        Assert.InRange(facts.GetProperty("coded_bytes").GetInt32(), 55, 58);
        var shown = ProgramRun.Of("info", _folder["out/b.tokens"]).Output;
        Assert.Contains("kbit/s", shown, StringComparison.Ordinal);
        Assert.Contains("57 before entropy coding", shown, StringComparison.Ordinal);
        Assert.Equal(0, Piped($"cat '{_folder["out/b.tokens"]}' | dotnet '{Dll}' info - --json > '{_folder["facts.json"]}'").ExitCode);
        var piped = JsonDocument.Parse(File.ReadAllText(_folder["facts.json"])).RootElement;
        Assert.Equal(facts.GetProperty("bytes").GetInt64(), piped.GetProperty("bytes").GetInt64());
        Assert.Equal(facts.GetProperty("model_sha256").GetString(), piped.GetProperty("model_sha256").GetString());
    }

    [Fact]
    public void What_cannot_be_decoded_is_refused_and_nothing_is_written()
    {
        Assert.Equal(0, Of("encode", _folder["a.wav"], _folder["a.tokens"]).ExitCode);
        using var other = new RandomCodec(RandomCodec.Ours, seed: 9);
        var run = ProgramRun.Of("decode", _folder["a.tokens"], _folder["x.wav"], "--model", other.Path);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(Path.GetFileName(_codec.Path), run.Error, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(other.Path), run.Error, StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(_folder["a.tokens"]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_folder["bad.tokens"], bytes);
        Fails(3, "do not match their checksum", "decode", _folder["bad.tokens"], _folder["x.wav"]);
        Fails(3, "no sound", "decode", Text("no sound"), _folder["x.wav"]);
        Fails(3, "missing.tokens", "decode", _folder["missing.tokens"], _folder["x.wav"]);
        Fails(2, "--codebooks is 4; allowed: 3, 2, 1", "decode", _folder["a.tokens"], _folder["x.wav"], "--codebooks", "4");
        Fails(2, "--codebooks is 4; allowed: 3, 2, 1", "encode", _folder["a.wav"], _folder["x.wav"], "--codebooks", "4");
        Fails(2, "would be replaced by the output", "encode", _folder["a.wav"], _folder["a.wav"]);
        Fails(2, "OUT must be an existing folder", "encode", _folder["a.wav"], _folder["b.wav"], _folder["x.wav"]);
        Fails(2, "so OUT cannot be -", "encode", _folder["a.wav"], "-", "--json");
        Fails(3, "missing.wav", "encode", _folder["missing.wav"], _folder["x.wav"]);
        Fails(3, "bad.tokens: block", "info", _folder["bad.tokens"]);
        Fails(3, "a.wav: file: found binary content, such as audio; allowed: a model folder or a config.json", "info", _folder["a.wav"]);
        Directory.CreateDirectory(_folder["folder.tokens"]);
        Fails(3, "found a folder; allowed: a token file", "decode", _folder["folder.tokens"], _folder["x.wav"]);
        Assert.False(File.Exists(_folder["x.wav"]));
        Assert.Empty(Directory.GetFiles(_folder, ".*"));
        Assert.Equal(20_011, AudioFile.Read(_folder["a.wav"]).Frames);

        void Fails(int code, string message, params string[] arguments)
        {
            var failed = arguments[0] == "info" ? ProgramRun.Of(arguments) : Of(arguments);
            Assert.Equal(code, failed.ExitCode);
            if (message != "no sound") Assert.Contains(message, failed.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>A forgotten OUT: the last recording is no place for tokens. A result of the same kind is replaced.</summary>
    [Fact]
    public void A_file_of_another_kind_is_not_replaced()
    {
        Assert.Equal(0, Of("encode", _folder["a.wav"], _folder["a.tokens"]).ExitCode);
        foreach (var (command, source, there, kind) in new[] { ("encode", "a.wav", "b.wav", "token file"), ("decode", "a.tokens", "old.flac", "FLAC file"), ("encode", "a.wav", "notes.txt", "token file") })
        {
            if (there == "old.flac") File.Copy(_folder["a.wav"], _folder[there]);
            if (there == "notes.txt") File.WriteAllText(_folder[there], "mine");
            var before = File.ReadAllBytes(_folder[there]);
            var run = Of(command, _folder[source], _folder[there]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains($"{there} already exists and is not a {kind}, so it is not replaced", run.Error, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(_folder[there]));
        }

        var named = Of("decode", _folder["a.tokens"], _folder["a.tokens"] + "2");
        Assert.Equal(2, named.ExitCode);
        Assert.Contains("names that end in .wav or .flac are allowed", named.Error, StringComparison.Ordinal);
        File.WriteAllBytes(_folder["new.wav"], []);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(0, Of("encode", _folder["a.wav"], _folder["a.tokens"], "--codebooks", "1").ExitCode);
            Assert.Equal(0, Of("decode", _folder["a.tokens"], _folder["new.wav"]).ExitCode);
        }
    }

    [Fact]
    public void Clipping_is_told()
    {
        Write("loud.wav", 8000, 1, 8000, 40);
        Assert.Equal(0, Of("encode", _folder["loud.wav"], _folder["loud.tokens"]).ExitCode);
        var run = Of("decode", _folder["loud.tokens"], _folder["loud2.wav"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("samples exceeded full scale and were clipped; the largest magnitude is", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A pipe whose reader has gone ends the work, so that a live sound is not coded for nobody.</summary>
    [Fact]
    public void A_closed_pipe_ends_the_work_with_an_error()
    {
        Assert.Equal(0, Of("encode", _folder["a.wav"], _folder["a.tokens"]).ExitCode);
        foreach (var command in new[] { $"encode '{_folder["a.wav"]}' -", $"decode '{_folder["a.tokens"]}' -", "encode - -" })
        {
            var (gone, code) = (_folder[$"gone-{command.Length}"], _folder[$"code-{command.Length}"]);
            var (_, error) = Piped($"{{ until [ -e '{gone}' ]; do sleep 0.01; done; {Program(command)} < '{_folder["a.wav"]}'; echo $? > '{code}'; }} | {{ exec <&-; touch '{gone}'; }}");
            Assert.Contains("cannot write to standard output", error, StringComparison.Ordinal);
            Assert.Equal("4", File.ReadAllText(code).Trim());
        }
    }

    /// <summary>With a gain, tokens of a sound that has not ended yet are there; an interrupted encoder leaves no file.</summary>
    [Fact]
    public async Task A_live_sound_is_encoded_as_it_comes()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "-c", $"exec {Program("encode - - --gain 1")}" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var sound = File.ReadAllBytes(_folder["a.wav"]);
        await process.StandardInput.BaseStream.WriteAsync(sound.AsMemory(0, 8000), TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
        var tokens = new byte[40];
        await process.StandardOutput.BaseStream.ReadExactlyAsync(tokens, TestContext.Current.CancellationToken); // waits until they come
        process.StandardInput.Close();
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, process.ExitCode); // the WAV file is cut short
    }

    public void Dispose()
    {
        _codec.Dispose();
        _folder.Dispose();
    }

    private ProgramRun Of(params string[] arguments) => ProgramRun.Of([.. arguments, "--model", _codec.Path, "--threads", "1"]);

    private static string Dll => Path.Combine(AppContext.BaseDirectory, "qwen2audio.dll");

    private string Program(string arguments) => $"dotnet '{Dll}' {arguments} --model '{_codec.Path}' --threads 1";

    private static (int ExitCode, string Error) Piped(string line)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private string Text(string text)
    {
        File.WriteAllText(_folder["text.tokens"], text);
        return _folder["text.tokens"];
    }

    private void Write(string name, int rate, int channels, int frames, float gain = 1)
    {
        using var file = File.Create(_folder[name]);
        WavWriter.Write(file, [.. Enumerable.Range(0, frames * channels).Select(i => gain * 0.3f * MathF.Sin(i * 0.05f) * MathF.Sin(i * 0.0007f))], rate, channels, gain == 1 ? WavEncoding.Integer16 : WavEncoding.Float32);
    }
}
