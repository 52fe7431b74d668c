using Qwen2Audio.Checkpoints;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Tests;

public sealed class SynthesizerTests : TestInFolder
{
    private static readonly TextFrontEnd Words = new(WordPronunciations.Of(new Lexicon(["one", "a", "two"], [new(0, [36, 3, 23]), new(1, [3]), new(2, [31, 34])])));

    public SynthesizerTests() => Write(Folder, books: 2);

    [Fact]
    public async Task The_pieces_are_the_same_however_they_are_taken()
    {
        using var synthesizer = Load();
        var options = new SynthesisOptions { Voice = "bea", Temperature = 0.8, Seed = 5 };
        float[] whole = [.. synthesizer.Speak("One, a two. Two one!", options).SelectMany(piece => piece.Samples)];
        var pieces = new List<float>();
        await foreach (var piece in synthesizer.SpeakAsync("One, a two. Two one!", options)) pieces.AddRange(piece.Samples);
        Assert.Equal(whole, pieces);
        Assert.True(whole.Length > 0 && whole.Length % 80 == 0);
        Assert.All(whole, sample => Assert.True(float.IsFinite(sample)));
    }

    [Fact]
    public void Seed_voice_and_speed_change_what_is_spoken()
    {
        using var synthesizer = Load();
        float[] Spoken(SynthesisOptions options) => [.. synthesizer.Speak("one two", options).SelectMany(piece => piece.Samples)];
        var plain = new SynthesisOptions { Temperature = 1 };
        Assert.Equal(Spoken(plain), Spoken(plain));
        Assert.NotEqual(Spoken(plain), Spoken(plain with { Seed = 1 }));
        Assert.NotEqual(Spoken(plain), Spoken(plain with { Voice = "bea" }));
        Assert.NotEqual(Spoken(plain).Length, Spoken(plain with { Speed = 0.25 }).Length);
        Assert.Equal(Spoken(new SynthesisOptions { Temperature = 0 }), Spoken(new SynthesisOptions { Temperature = 0, Seed = 9 })); // the most probable codes
    }

    [Fact]
    public void Sentences_end_at_punctuation_and_begin_and_end_with_silence()
    {
        Assert.Equal([[0, 36, 3, 23, 0, 3, 31, 34, 0], [0, 31, 34, 0]], Words.Read("One, a two. Two").Select(SpokenPhones.Of));
    }

    [Fact]
    public void What_cannot_be_spoken_is_named()
    {
        using var synthesizer = Load();
        void Speak(string text, SynthesisOptions? options = null) => _ = synthesizer.Speak(text, options).Count();
        Assert.Contains(synthesizer.Speak("one. привет two").SelectMany(piece => piece.Warnings), warning => warning.Code == "not-spoken");
        Assert.Equal("nothing-spoken", synthesizer.Speak("...").SelectMany(piece => piece.Warnings).Last().Code);
        Assert.Contains("ann, bea", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Voice = "cat" })).Message);
        Assert.Contains("speed", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Speed = 9 })).Message);
        Assert.Contains("temperature", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Temperature = double.NaN })).Message);
    }

    [Fact]
    public void A_codec_that_does_not_fit_is_refused()
    {
        using var other = new TemporaryFolder();
        Write(other, books: 4);
        Assert.Contains("codebooks", Assert.Throws<ConfigException>(() => Synthesizer.Load(other, Words)).Message);
        Directory.Delete(Path.Combine(Folder, "codec"), recursive: true);
        Assert.Throws<CheckpointException>(() => Load());
    }

    private Synthesizer Load() => Synthesizer.Load(Folder, Words, new ModelLoadOptions { Threads = 1 });

    private static void Write(string folder, int books)
    {
        using var codec = new RandomCodec(RandomCodec.Ours);
        Directory.CreateDirectory(Path.Combine(folder, "codec"));
        foreach (var file in (string[])["config.json", "model.safetensors"]) File.Copy(Path.Combine(codec.Path, file), Path.Combine(folder, "codec", file));
        var config = new SynthesisConfig
        {
            Decoder = TinyConfigs.Text with { VocabSize = SynthesisConfig.VocabularyOf(PhoneSet.Count, 2), TieWordEmbeddings = true, Moe = TinyConfigs.Experts },
            Phones = PhoneSet.Count,
            Voices = 2,
            Books = books,
            Entries = 16,
            Dimension = 6,
            HeadWidth = 12,
            DurationWidth = 8,
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), SynthesisConfigFile.Write(config, ["ann", "bea"]).ToJsonString());
        var weights = new RequestedWeights(hasOptional: true);
        _ = new SynthesisModel(config, weights);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), weights.Random(4, (name, numbers) =>
        {
            if (name == "durations.out.bias") numbers[0] = 1.6f;
        }));
    }
}
