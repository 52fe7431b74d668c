using Qwen2Audio.Checkpoints.Lexicons;
using Qwen2Audio.Formats;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

public sealed class WordRecognitionTests
{
    private const string Arpa = "\\data\\\nngram 1=5\n\n\\1-grams:\n-99\t<s>\n-1\t</s>\n-0.5\tone\n-0.6\ttwo\n-2\t<unk>\n\\end\\\n";

    private static readonly Lexicon Words = new(["one", "two", "odd"], [.. Enumerable.Range(1, PhoneSet.Count - 1).Select(phone => new Pronunciation(phone % 3, [(byte)phone]))]);

    [Theory]
    [InlineData(Decoding.Combined)]
    [InlineData(Decoding.CtcOnly)]
    public void Only_words_of_the_lexicon_are_written_whether_it_is_named_or_in_the_folder(Decoding decoding)
    {
        using var files = new TemporaryFolder();
        var (lexicon, language) = (files.Write("x.lexicon", LexiconFile.ToBytes(Words)), files.Write("x.arpa", Arpa));
        using var tiny = new TinyModel(phones: true);
        var named = Texts(tiny.Folder, new ModelLoadOptions { Lexicon = lexicon, LanguageModel = language, LanguageModelWeight = 0.1, WordBonus = 2 });
        Assert.NotEmpty(named.Words);
        Assert.All(named.Words, word => Assert.Contains(word.Text, Words.Words));
        File.Copy(lexicon, Path.Combine(tiny.Folder, LexiconFile.FileName));
        Assert.Equal(named.Text, Texts(tiny.Folder, new ModelLoadOptions { LanguageModel = language, LanguageModelWeight = 0.1, WordBonus = 2 }).Text);

        Transcription Texts(string folder, ModelLoadOptions options)
        {
            using var model = SpeechModel.Load(folder, options);
            Assert.Equal(3, model.Info.LexiconWords);
            Assert.Contains("3 words in the phones", model.Info.Decoding, StringComparison.Ordinal);
            var samples = new float[16_000];
            for (var i = 0; i < samples.Length; i++) samples[i] = 0.2f * MathF.Sin(i * (0.1f + i * 1e-6f));
            return new Transcriber(model, new TranscriberOptions { Decoding = decoding, SpeechGate = false }).Transcribe(Sounds.Clip(samples));
        }
    }

    [Fact]
    public void A_lexicon_has_its_own_default_weight_of_the_language_model()
    {
        using var files = new TemporaryFolder();
        using var tiny = new TinyModel(phones: true);
        var units = new ModelLoadOptions { LanguageModel = files.Write("x.arpa", Arpa) };
        Assert.Equal((0.5, 1.5), Weights(units));
        var phones = units with { Lexicon = files.Write("x.lexicon", LexiconFile.ToBytes(Words)) };
        Assert.Equal((0.9, 0.0), Weights(phones));
        Assert.Equal((0.3, 2.0), Weights(phones with { LanguageModelWeight = 0.3, WordBonus = 2 }));

        (double?, double?) Weights(ModelLoadOptions options)
        {
            using var model = SpeechModel.Load(tiny.Folder, options);
            return (model.Info.LanguageModelWeight, model.Info.WordBonus);
        }
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(700)]
    public void The_texts_of_a_stream_have_only_words_of_the_lexicon_too(int piece)
    {
        using var files = new TemporaryFolder();
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2), phones: true);
        using var model = SpeechModel.Load(tiny.Folder, new ModelLoadOptions
        {
            Lexicon = files.Write("x.lexicon", LexiconFile.ToBytes(Words)),
            LanguageModel = files.Write("x.arpa", Arpa),
            LanguageModelWeight = 0.1,
            WordBonus = 2,
        });
        using var stream = new Transcriber(model, new TranscriberOptions { SpeechGate = false }).Stream();
        var samples = Sounds.Tone(1).Samples.ToArray();
        var texts = new List<PartialTranscription>();
        for (var first = 0; first < samples.Length; first += piece) texts.AddRange(stream.Add(samples.AsSpan(first, Math.Min(piece, samples.Length - first))));
        texts.AddRange(stream.Finish());
        Assert.All(texts.SelectMany(text => text.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)), word => Assert.Contains(word, Words.Words)); // while they may change, too
        var words = texts.Where(text => text.Final is not null).SelectMany(text => text.Final!.Words).ToList();
        Assert.NotEmpty(words);
        Assert.All(words, word => Assert.Contains(word.Text, Words.Words));
    }

    [Theory]
    [InlineData(1, "two")]
    [InlineData(2, "odd")]
    [InlineData(3, "one")]
    public void Priors_in_the_models_folder_are_used(int rare, string word)
    {
        using var files = new TemporaryFolder();
        using var tiny = new TinyModel(phones: true);
        var options = new ModelLoadOptions { Lexicon = files.Write("x.lexicon", LexiconFile.ToBytes(Words)), LanguageModel = files.Write("x.arpa", Arpa), LanguageModelWeight = 0.1 };
        PhonePriors.Write(Path.Combine(tiny.Folder, PhonePriors.FileName), [.. Enumerable.Range(0, PhoneSet.Count).Select(phone => phone == rare ? 1e-9 : (1 - 1e-9) / (PhoneSet.Count - 1))]);
        using (var model = SpeechModel.Load(tiny.Folder, options))
        {
            var result = new Transcriber(model, new TranscriberOptions { SpeechGate = false }).Transcribe(Sounds.Tone(1));
            Assert.All(result.Words, found => Assert.Equal(word, found.Text)); // the one with the rare phone
            Assert.NotEmpty(result.Words);
        }

        File.WriteAllText(Path.Combine(tiny.Folder, PhonePriors.FileName), "{\"version\": 1, \"priors\": [1]}");
        Assert.Contains(PhonePriors.FileName, Assert.Throws<ConfigException>(() => SpeechModel.Load(tiny.Folder, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_lexicon_needs_is_named()
    {
        using var files = new TemporaryFolder();
        var (lexicon, language) = (files.Write("x.lexicon", LexiconFile.ToBytes(Words)), files.Write("x.arpa", Arpa));
        using var without = new TinyModel();
        using var tiny = new TinyModel(phones: true);
        var error = Assert.Throws<ConfigException>(() => Load(without, lexicon, language));
        Assert.Contains("phone_vocab_size", error.Message, StringComparison.Ordinal);
        var alone = Assert.Throws<CheckpointException>(() => Load(tiny, lexicon, null)).Message;
        Assert.Contains("lexicon without a language model", alone, StringComparison.Ordinal);
        Assert.Contains("--language-model", alone, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Load(tiny, files["none"], language));
        var other = files.Write("y.lexicon", LexiconFile.ToBytes(new Lexicon(["café"], [new Pronunciation(0, [1])])));
        Assert.Contains("the character é", Assert.Throws<CheckpointException>(() => Load(tiny, other, language)).Message, StringComparison.Ordinal);

        static void Load(TinyModel tiny, string lexicon, string? language) =>
            SpeechModel.Load(tiny.Folder, new ModelLoadOptions { Lexicon = lexicon, LanguageModel = language }).Dispose();
    }
}
