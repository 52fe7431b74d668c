using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Inference;
using Qwen2Audio.Tasks.Synthesis;
using Qwen2Audio.Text.FrontEnd;

namespace Qwen2Audio.Tasks.Tests;

public sealed class SynthesizerTests : IDisposable
{
    private const int Hop = 80;
    private const string Text = "One, a two. Two one! A one two one two, a two one two.";
    private readonly TinySpeaker _speaker = new();

    public void Dispose() => _speaker.Dispose();

    /// <summary>The samples depend neither on the pieces of the audio nor on those of the text, nor on other callers.</summary>
    [Theory, InlineData(1), InlineData(2.5)]
    public async Task The_pieces_are_the_same_however_they_are_taken(double guidance)
    {
        using var synthesizer = Load();
        var options = new SynthesisOptions { Voice = "bea", Temperature = 0.8, Seed = 5, Guidance = guidance };
        float[] whole = [.. synthesizer.Speak(Text, options with { FirstFrames = 10_000, MostFrames = 10_000 }).SelectMany(piece => piece.Samples)];
        Assert.True(whole.Length > 0 && whole.Length % Hop == 0);
        Assert.All(whole, sample => Assert.True(float.IsFinite(sample)));
        foreach (var (first, most) in new[] { (1, 1), (1, 7), (3, 3), (8, 32) })
            Assert.Equal(whole, synthesizer.Speak(Text, options with { FirstFrames = first, MostFrames = most }).SelectMany(piece => piece.Samples));
        using var reader = new StringReader(Text);
        var callers = new[]
        {
            All(synthesizer.SpeakAsync(Text, options)), All(synthesizer.SpeakAsync(reader, options)), All(synthesizer.SpeakAsync(Pieces(1), options)), All(synthesizer.SpeakAsync(Pieces(9), options)),
        };
        foreach (var pieces in await Task.WhenAll(callers)) Assert.Equal(whole, pieces.SelectMany(piece => piece.Samples));
    }

    /// <summary>The first piece needs the first sentence and a few frames, however long the text is: this one never ends.</summary>
    [Fact]
    public async Task A_text_without_end_is_spoken_as_it_comes()
    {
        using var synthesizer = Load();
        var asked = 0;
        var spoken = new List<SpokenPiece>();
        await foreach (var piece in synthesizer.SpeakAsync(Endless()))
        {
            spoken.Add(piece);
            if (spoken.Count == 1) Assert.Equal(2, asked);
            if (spoken.Count(one => one.Sentence is not null) == 4) break;
        }

        Assert.Equal(5, asked);
        Assert.Equal([0L, 9, 18, 27], spoken.Where(piece => piece.Sentence is not null).Select(piece => piece.Sentence!.Start));
        Assert.InRange(spoken[0].Samples.Length, 1, 8 * Hop);

        async IAsyncEnumerable<string> Endless()
        {
            while (true)
            {
                await Task.Yield();
                asked++;
                yield return "One two. ";
            }
        }
    }

    [Fact]
    public async Task Cancelling_ends_it_at_once_even_while_the_text_stalls()
    {
        using var synthesizer = Load();
        using var source = new CancellationTokenSource();
        var spoken = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var piece in synthesizer.SpeakAsync(Stalling(source.Token), cancellation: source.Token))
                if (++spoken == 2) await source.CancelAsync();
        });
        Assert.Equal(2, spoken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => All(synthesizer.SpeakAsync(Text, cancellation: new CancellationToken(canceled: true))));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var piece in synthesizer.SpeakAsync(Text).WithCancellation(new CancellationToken(canceled: true))) Assert.Fail("spoken");
        });
        Assert.NotEmpty(await All(synthesizer.SpeakAsync("one"))); // it goes on

        async IAsyncEnumerable<string> Stalling([EnumeratorCancellation] CancellationToken cancellation = default)
        {
            yield return "One. Two two two two two two two two. One";
            await Task.Delay(Timeout.Infinite, cancellation);
        }
    }

    [Fact]
    public void Seed_and_voice_change_what_is_spoken()
    {
        using var synthesizer = Load();
        float[] Spoken(SynthesisOptions options) => [.. synthesizer.Speak("one two", options).SelectMany(piece => piece.Samples)];
        var plain = new SynthesisOptions { Temperature = 1 };
        Assert.Equal(Spoken(plain), Spoken(plain));
        Assert.NotEqual(Spoken(plain), Spoken(plain with { Seed = 1 }));
        Assert.NotEqual(Spoken(plain), Spoken(plain with { Voice = "bea" }));
        Assert.Equal(Spoken(new SynthesisOptions { Temperature = 0 }), Spoken(new SynthesisOptions { Temperature = 0, Seed = 9 })); // the most probable codes
    }

    [Theory, InlineData(0.25), InlineData(0.5), InlineData(2)]
    public void Speed_divides_the_duration(double speed)
    {
        using var synthesizer = Load();
        int Frames(double speed) => Count(synthesizer.Speak("one two a two one", new SynthesisOptions { Speed = speed })) / Hop;
        var rounding = 0.5 * 14 * (1 + 1 / speed); // of 12 phones and two silences
        Assert.InRange(Frames(speed), Frames(1) / speed - rounding, Frames(1) / speed + rounding);
    }

    /// <summary>Beside the silence that the model says at the ends of both sentences.</summary>
    [Fact]
    public void There_is_a_pause_between_sentences_and_a_longer_one_between_paragraphs()
    {
        using var synthesizer = Load();
        int Frames(string text, double speed = 1) => Count(synthesizer.Speak(text, new SynthesisOptions { Speed = speed })) / Hop;
        var (one, two) = (Frames("One a."), Frames("Two."));
        Assert.Equal(one + 30 + two, Frames("One a. Two."));
        Assert.Equal(one + 30 + two, Frames("One a! ... Two.")); // what has no words makes no pause of its own
        Assert.Equal(one + 70 + two, Frames("One a.\n\nTwo."));
        Assert.Equal(Frames("One a.", 2) + 15 + Frames("Two.", 2), Frames("One a. Two.", 2));
    }

    [Fact]
    public void A_sentence_of_any_length_is_spoken_whole()
    {
        using var synthesizer = Load();
        var pieces = synthesizer.Speak(string.Join(' ', Enumerable.Repeat("one a two", 200))).ToList();
        Assert.Equal(600, pieces.Sum(piece => piece.Sentence?.Words.Count));
        Assert.All(pieces, piece => Assert.Empty(piece.Warnings));
        Assert.Equal(Count(pieces) / Hop, pieces.Sum(piece => piece.Codes.Count) / synthesizer.Codebooks);
    }

    [Fact]
    public void The_number_of_threads_changes_no_sample()
    {
        using Synthesizer one = Load(), three = Synthesizer.Load(_speaker.Folder, options: new ModelLoadOptions { Threads = 3 });
        var options = new SynthesisOptions { Guidance = 2, Temperature = 1 };
        Assert.Equal(one.Speak(Text, options).SelectMany(piece => piece.Samples), three.Speak(Text, options).SelectMany(piece => piece.Samples));
    }

    [Fact]
    public void Sentences_end_at_punctuation_and_begin_and_end_with_silence()
    {
        Assert.Equal([[0, 36, 3, 23, 0, 3, 31, 34, 0], [0, 31, 34, 0]], new TextFrontEnd(WordPronunciations.Of(TinySpeaker.Words)).Read("One, a two. Two").Select(SpokenPhones.Of));
    }

    [Fact]
    public void What_cannot_be_spoken_is_named()
    {
        using var synthesizer = Load();
        void Speak(string text, SynthesisOptions? options = null) => _ = synthesizer.Speak(text, options).Count();
        var warning = Assert.Single(synthesizer.Speak("one. привет two").SelectMany(piece => piece.Warnings));
        Assert.Equal("not-spoken", warning.Code);
        Assert.EndsWith("(character 6)", warning.Text, StringComparison.Ordinal);
        Assert.Equal("nothing-spoken", synthesizer.Speak("...").SelectMany(piece => piece.Warnings).Last().Code);
        Assert.Equal("Voice is \"cat\"; allowed: ann, bea.", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Voice = "cat" })).Message);
        Assert.Equal("Speed is 9; allowed: 0.25 to 4.", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Speed = 9 })).Message);
        Assert.StartsWith("Temperature is NaN", Assert.Throws<OptionException>(() => Speak("one", new SynthesisOptions { Temperature = double.NaN })).Message, StringComparison.Ordinal);
        Assert.Throws<OptionException>(() => synthesizer.SpeakAsync("one", new SynthesisOptions { Voice = "cat" })); // before anything is spoken
    }

    [Fact]
    public void A_codec_that_does_not_fit_is_refused()
    {
        using var other = new TinySpeaker(books: 4);
        Assert.Contains("codebooks", Assert.Throws<ConfigException>(() => Synthesizer.Load(other.Folder)).Message);
        Directory.Delete(Path.Combine(_speaker.Folder, "codec"), recursive: true);
        Assert.Throws<CheckpointException>(() => Load());
    }

    [Theory]
    [InlineData(50f)]
    [InlineData(3e38f)]
    public void Weights_with_impossible_durations_are_refused(float bias)
    {
        Fill(Path.Combine(_speaker.Folder, "model.safetensors"), "synthesis.durations.out.bias", bias);
        using var synthesizer = Load();
        var fault = Assert.Throws<CheckpointException>(() => synthesizer.Speak("one").ToList());
        Assert.Contains(_speaker.Folder, fault.Message, StringComparison.Ordinal);
        Assert.Contains("allowed: at most 60 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_codec_whose_samples_are_not_finite_is_damaged()
    {
        Fill(Path.Combine(_speaker.Folder, "codec", "model.safetensors"), "decoder.", 3e38f);
        using var synthesizer = Load();
        Assert.Contains("samples", Assert.Throws<NonFiniteOutputException>(() => synthesizer.Speak("one").ToList()).Message, StringComparison.Ordinal);
    }

    /// <summary>Sets all numbers of some tensors.</summary>
    private static void Fill(string path, string prefix, float value)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        foreach (var (_, tensor) in JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject().Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var numbers = bytes.AsSpan((8 + length + tensor!["data_offsets"]![0]!.GetValue<int>())..(8 + length + tensor["data_offsets"]![1]!.GetValue<int>()));
            MemoryMarshal.Cast<byte, float>(numbers).Fill(value);
        }

        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public void A_model_that_does_not_speak_says_so()
    {
        using var recogniser = new TinyModel();
        Assert.Contains("synthesis", Assert.Throws<ConfigException>(() => Synthesizer.Load(recogniser.Folder)).Message);
        Assert.Contains("synthesis", Assert.Throws<NotSupportedException>(() => Synthesizer.Require(recogniser.Folder)).Message);
        using var model = SpeechModel.Load(recogniser.Folder, new ModelLoadOptions { Threads = 1 });
        Assert.Contains("synthesis", Assert.Throws<ConfigException>(() => Synthesizer.Of(model)).Message);
        Assert.Contains("synthesis", Assert.Throws<ConfigException>(() => Continuer.Of(model)).Message);
        _ = new Transcriber(model).Transcribe(Sounds.Tone(1)); // it hears as before
    }

    /// <summary>One loaded model does every task, at the same time, with the results of models that are loaded for one.</summary>
    [Fact]
    public async Task A_loaded_model_hears_speaks_and_continues()
    {
        using var model = SpeechModel.Load(_speaker.Folder, new ModelLoadOptions { Threads = 1 });
        using Synthesizer alone = Load(), synthesizer = Synthesizer.Of(model);
        using Continuer aloneContinuer = Continuer.Load(_speaker.Folder, new ModelLoadOptions { Threads = 1 }), continuer = Continuer.Of(model);
        var (clip, classifier, transcriber) = (Sounds.Tone(1.5), new Classifier(model), new Transcriber(model, new TranscriberOptions { SpeechGate = false }));
        var (heard, label) = (transcriber.Transcribe(clip).Text, classifier.Classify(clip).Labels[0]);
        var tokens = aloneContinuer.Tokenizer.Encode(clip, cancellation: TestContext.Current.CancellationToken);
        var (said, continued) = (alone.Speak(Text).SelectMany(piece => piece.Samples).ToArray(), aloneContinuer.Continue(tokens).Codes);
        Task[] tasks =
        [
            Task.Run(() => Assert.Equal(heard, transcriber.Transcribe(clip).Text)), Task.Run(() => Assert.Equal(label, classifier.Classify(clip).Labels[0])),
            Task.Run(async () => Assert.Equal(said, (await All(synthesizer.SpeakAsync(Text))).SelectMany(piece => piece.Samples))),
            Task.Run(() => Assert.Equal(continued, continuer.Continue(continuer.Tokenizer.Encode(clip)).Codes)),
        ];
        await Task.WhenAll(tasks);
    }

    [Fact]
    public void What_shares_a_model_is_valid_until_that_is_disposed_of()
    {
        var model = SpeechModel.Load(_speaker.Folder, new ModelLoadOptions { Threads = 1 });
        var (first, continuer) = (Synthesizer.Of(model), Continuer.Of(model));
        Assert.Same(model.Parts!.Model.Audio!.Synthesis, model.Speaking.Model.Model);
        Assert.Same(model.Speaking, model.Speaking); // the codec too is there once
        first.Dispose();
        continuer.Dispose();
        continuer.Tokenizer.Dispose();
        _ = new Transcriber(model).Transcribe(Sounds.Tone(1));
        var second = Synthesizer.Of(model);
        Assert.NotEmpty(second.Speak("one"));
        using var began = second.Speak(Text).GetEnumerator();
        Assert.True(began.MoveNext());
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => began.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => second.Speak("one").Count());
        Assert.Throws<ObjectDisposedException>(() => continuer.Tokenizer.Encode(Sounds.Tone(1)));
        Assert.Throws<ObjectDisposedException>(() => Synthesizer.Of(model));
        model.Dispose();
    }

    [Fact]
    public void Guidance_is_of_the_text_and_one_is_none()
    {
        using var synthesizer = Load();
        float[] Spoken(double guidance) => [.. synthesizer.Speak("one two", new SynthesisOptions { Guidance = guidance, Temperature = 1 }).SelectMany(piece => piece.Samples)];
        Assert.Equal(Spoken(1), (float[])[.. synthesizer.Speak("one two", new SynthesisOptions { Temperature = 1 }).SelectMany(piece => piece.Samples)]);
        Assert.NotEqual(Spoken(1), Spoken(2));
        Assert.Contains("Guidance", Assert.Throws<OptionException>(() => Spoken(-1)).Message);
        float[] By(double voice) => [.. synthesizer.Speak("one two", new SynthesisOptions { VoiceGuidance = voice, Temperature = 1 }).SelectMany(piece => piece.Samples)];
        Assert.Equal(Spoken(1), By(1));
        Assert.NotEqual(Spoken(1), By(3));
        Assert.Contains("VoiceGuidance", Assert.Throws<OptionException>(() => By(11)).Message);
    }

    [Fact]
    public void What_is_not_chosen_is_as_the_model_says()
    {
        using var speaker = new TinySpeaker(guidance: 2.5, temperature: 1.5);
        using Synthesizer plain = Load(), other = Synthesizer.Load(speaker.Folder, options: new ModelLoadOptions { Threads = 1 }); // the same weights
        float[] Spoken(Synthesizer synthesizer, SynthesisOptions? options = null) => [.. synthesizer.Speak("one two", options).SelectMany(piece => piece.Samples)];
        Assert.Equal(Spoken(plain, new SynthesisOptions { Guidance = 2.5, Temperature = 1.5 }), Spoken(other));
        Assert.Equal(Spoken(plain), Spoken(other, new SynthesisOptions { Guidance = 1, Temperature = 0.7 }));
        Assert.Equal(Spoken(plain, new SynthesisOptions { Guidance = 2.5 }), Spoken(other, new SynthesisOptions { Temperature = 0.7 }));
        Assert.NotEqual(Spoken(plain), Spoken(other));
    }

    [Theory]
    [InlineData("guidance", 2.5, 11)]
    [InlineData("voice_guidance", 2.5, -1)]
    [InlineData("temperature", 1.5, -1)]
    public void Settings_that_no_model_can_have_are_named(string name, double chosen, double wrong)
    {
        var path = Path.Combine(_speaker.Folder, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["synthesis"]!.AsObject().Remove(name);
        File.WriteAllText(path, json.ToJsonString());
        using (var synthesizer = Load())
            Assert.NotEqual(synthesizer.Speak("one").SelectMany(piece => piece.Samples), synthesizer.Speak("one", name switch { "guidance" => new() { Guidance = chosen }, "voice_guidance" => new() { VoiceGuidance = chosen }, _ => new() { Temperature = chosen } }).SelectMany(piece => piece.Samples));
        json["synthesis"]![name] = wrong;
        File.WriteAllText(path, json.ToJsonString());
        Assert.Contains($"synthesis.{name}", Assert.Throws<ConfigException>(() => Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_lexicon_needs_a_front_end()
    {
        File.Delete(Path.Combine(_speaker.Folder, LexiconFile.FileName));
        if (WordPronunciations.Find(LexiconFile.FileName, SpeechModel.DefaultFolder()) is null) Assert.Contains(LexiconFile.FileName, Assert.Throws<CheckpointException>(() => Load()).Message, StringComparison.Ordinal);
        using var synthesizer = Synthesizer.Load(_speaker.Folder, new TextFrontEnd(WordPronunciations.Of(TinySpeaker.Words)));
        Assert.NotEmpty(synthesizer.Speak("one"));
    }

    private Synthesizer Load() => Synthesizer.Load(_speaker.Folder, options: new ModelLoadOptions { Threads = 1 });

    private static int Count(IEnumerable<SpokenPiece> pieces) => pieces.Sum(piece => piece.Samples.Length);

    private static async Task<List<SpokenPiece>> All(IAsyncEnumerable<SpokenPiece> pieces) => await pieces.ToListAsync();

    private static async IAsyncEnumerable<string> Pieces(int length)
    {
        for (var at = 0; at < Text.Length; at += length)
        {
            await Task.Yield();
            yield return Text[at..Math.Min(Text.Length, at + length)];
        }
    }
}
