using System.Text.Json.Nodes;
using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Tasks.Synthesis;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>A voice that is taken from a recording.</summary>
public sealed class ReferenceVoiceTests : IDisposable
{
    private const int Rate = 8000;
    private const int Hop = 80;
    private readonly TinySpeaker _speaker = new(takesRecordings: true);
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _speaker.Dispose();
        _folder.Dispose();
    }

    /// <summary>As in training: the whole recording at one level, the model's codebooks, and the frames less than 20 dB below the active level.</summary>
    [Fact]
    public void It_is_mean_and_deviation_of_the_codec_frames_with_sound()
    {
        using var synthesizer = Load();
        using var tokenizer = AudioTokenizer.Load(Path.Combine(_speaker.Folder, "codec"), new ModelLoadOptions { Threads = 1 });
        using var source = ModelSource.Open(_speaker.Folder);
        var clip = Recording(3, pauseFrom: 1, pauseTo: 2);
        var voice = synthesizer.EmbedSpeaker(clip);
        int[] codes = [.. tokenizer.Encode(clip, new AudioEncodingOptions { Codebooks = 2 }).Codes]; // up to 15 s at one level
        int[] frames = [.. Enumerable.Range(0, 300).Where(frame => frame is < 100 or >= 200)];
        float[][] books = [.. Enumerable.Range(0, 2).Select(book =>
        {
            var entries = new float[16 * 6];
            source.ReadFloats($"synthesis.codebooks.{book}.weight", entries, 0);
            return entries;
        })];
        for (var d = 0; d < 6; d++)
        {
            double[] values = [.. frames.Select(frame => (double)books[0][codes[2 * frame] * 6 + d] + books[1][codes[2 * frame + 1] * 6 + d])];
            var mean = values.Average();
            Assert.Equal(mean, voice.Embedding.Values[d], 1e-4);
            Assert.Equal(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), voice.Embedding.Values[6 + d], 1e-4);
        }

        Assert.Equal(2, voice.Seconds);
        Assert.Empty(voice.Warnings);
    }

    [Fact]
    public async Task A_text_is_spoken_like_the_recording()
    {
        using var synthesizer = Load();
        var options = new SynthesisOptions { Temperature = 1 };
        float[] Spoken(SynthesisOptions how) => [.. synthesizer.Speak("one two. two", how).SelectMany(piece => piece.Samples)];
        var (one, other) = (options with { VoiceFrom = synthesizer.EmbedSpeaker(Recording(2.5)) }, options with { VoiceFrom = synthesizer.EmbedSpeaker(Recording(2.5, pitch: 900)) });
        Assert.Equal(Spoken(one), Spoken(one));
        Assert.Equal(Spoken(one), (await synthesizer.SpeakAsync("one two. two", one with { FirstFrames = 1, MostFrames = 3 }).ToListAsync(TestContext.Current.CancellationToken)).SelectMany(piece => piece.Samples));
        Assert.Equal(Spoken(one), Spoken(options with { VoiceFrom = synthesizer.EmbedSpeaker(Recording(2.5, volume: 0.01f)) })); // its level does not count
        Assert.NotEqual(Spoken(one), Spoken(other));
        Assert.NotEqual(Spoken(one), Spoken(options));
        Assert.NotEqual(Spoken(one), Spoken(one with { Guidance = 2 }));
        Assert.Equal(Spoken(one with { Guidance = 2 }), Spoken(one with { Guidance = 2, FirstFrames = 1, MostFrames = 3 }));
    }

    [Fact]
    public void Any_audio_file_will_do_and_what_was_changed_is_told()
    {
        using var synthesizer = Load();
        using (var file = File.Create(_folder["a.wav"])) WavWriter.Write(file, Recording(2.5).Samples, Rate);
        Assert.Equal(synthesizer.EmbedSpeaker(AudioFile.Read(_folder["a.wav"])).Embedding.Values, synthesizer.EmbedSpeaker(_folder["a.wav"]).Embedding.Values);
        var stereo = Recording(2.5) with { SampleRate = 16_000, Channels = 2 };
        Assert.Equal(["down-mixed", "resampled", "voice-short"], synthesizer.EmbedSpeaker(stereo).Warnings.Select(warning => warning.Code).Order());
        var voice = synthesizer.EmbedSpeaker(Recording(61));
        Assert.Equal("The recording is 61.0 s long: the voice is taken from its first 60 s.", Assert.Single(voice.Warnings).Text);
        Assert.Equal(60, voice.Seconds, 0.1);
    }

    [Fact]
    public void What_has_no_voice_is_an_error()
    {
        using var synthesizer = Load();
        foreach (var samples in new[] { [], new float[Rate] })
            Assert.Equal("the recording: found no sound; allowed: a recording of a voice.", Assert.Throws<VoiceException>(() => synthesizer.EmbedSpeaker(new AudioClip(samples, Rate, 1, []))).Message);
        Assert.Contains("not finite", Assert.Throws<VoiceException>(() => synthesizer.EmbedSpeaker(new AudioClip([1, float.NaN], Rate, 1, []))).Message);
        Assert.Throws<AudioFormatException>(() => synthesizer.EmbedSpeaker(_speaker.Folder + "/config.json"));
        var voice = synthesizer.EmbedSpeaker(Recording(2));
        Assert.StartsWith("VoiceFrom is given with the voice \"ann\"", Assert.Throws<OptionException>(() => synthesizer.Speak("one", new SynthesisOptions { Voice = "ann", VoiceFrom = voice })).Message);

        using var plain = new TinySpeaker();
        using var other = Synthesizer.Load(plain.Folder, options: new ModelLoadOptions { Threads = 1 });
        Assert.Contains("voices of its own only (ann, bea)", Assert.Throws<NotSupportedException>(() => other.EmbedSpeaker(Recording(2))).Message);
        Assert.Throws<NotSupportedException>(() => other.SpeakAsync("one", new SynthesisOptions { VoiceFrom = voice }));
    }

    [Fact]
    public void The_configuration_says_whether_a_model_takes_recordings()
    {
        using var plain = new TinySpeaker();
        Assert.Equal(0, ModelDescription.Open(plain.Folder).Synthesis!.SpeakerWidth);
        var (with, without) = (ModelDescription.Open(_speaker.Folder), ModelDescription.Open(plain.Folder));
        Assert.Equal(12, with.Synthesis!.SpeakerWidth);
        Assert.Equal(without.TensorCount + 2, with.TensorCount);
        Assert.Equal(without.Parameters + 12 * (32 + 4), with.Parameters);
        Assert.DoesNotContain("speaker_width", File.ReadAllText(Path.Combine(plain.Folder, "config.json")));

        var path = Path.Combine(_speaker.Folder, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["synthesis"]!["speaker_width"] = 7;
        File.WriteAllText(path, json.ToJsonString());
        Assert.Contains("speaker_width: found 7; allowed: 0, or 12", Assert.Throws<ConfigException>(() => ModelDescription.Open(_speaker.Folder)).Message);
    }

    private Synthesizer Load() => Synthesizer.Load(_speaker.Folder, options: new ModelLoadOptions { Threads = 1 });

    private static AudioClip Recording(double seconds, float pitch = 200, float volume = 1, double pauseFrom = 0, double pauseTo = 0)
    {
        var samples = new float[(int)(seconds * Rate)];
        for (var i = 0; i < samples.Length; i++)
        {
            var isPause = i >= pauseFrom * Rate && i < pauseTo * Rate;
            samples[i] = volume * 0.3f * (isPause ? 0.01f : 1) * MathF.Sin(2 * MathF.PI * pitch * i / Rate) * (1 + 0.5f * MathF.Sin(0.001f * i));
        }

        return new AudioClip(samples, Rate, 1, []);
    }
}
