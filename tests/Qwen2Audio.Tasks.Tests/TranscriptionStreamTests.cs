using System.Text.Json.Nodes;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Model.AudioEncoder;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Streaming recognition: partial texts, the ends of utterances, and results that do not depend on how the audio arrives.</summary>
public sealed class TranscriptionStreamTests
{
    private const int Row = ScriptedModel.RowSamples;

    private static double Speech(string task, string text) => (task, text) switch
    {
        ("speech", "speech") => Math.Log(0.9),
        ("speech", _) => Math.Log(0.1),
        _ => -text.Length,
    };

    /// <summary>Each utterance says "one" in its row 5 and "two" in its row 12.</summary>
    private static ScriptedModel Talker(int utterances) => Model((number, rows) => Say(rows, number < utterances ? [5, 12] : []));

    private static ScriptedModel Model(Func<double, int, (int, double)[]> rows) => new() { Judge = Speech, Rows = rows };

    private static (int Class, double Probability)[] Say(int rows, params int[] places)
    {
        var likely = new (int, double)[rows];
        for (var i = 0; i < places.Length; i++)
            if (places[i] < rows) likely[places[i]] = (TinyText.Ids(i % 2 == 0 ? "one" : "two")[0], 0.95);
        return likely;
    }

    [Fact]
    public void Texts_grow_while_the_audio_arrives_and_an_utterance_ends_at_a_pause()
    {
        using var stream = new Transcriber(Talker(1).ToModel()).Stream();
        var tone = Sounds.Tone(4).Samples;
        var results = new List<(int Samples, PartialTranscription Text)>();
        for (var first = 0; first < tone.Length; first += Row) results.AddRange(stream.Add(tone.AsSpan(first, Row)).Select(text => (first + Row, text)));
        Assert.Equal(3, results.Count);
        Assert.Equal(("one", 8 * Row, null), (results[0].Text.Text, results[0].Samples, results[0].Text.Final)); // the chunk of row 5 ends with row 7
        Assert.Equal(("one two", 16 * Row, null), (results[1].Text.Text, results[1].Samples, results[1].Text.Final));
        Assert.Equal((0, 0.64), (results[1].Text.Start, results[1].Text.End));
        Assert.Equal(("one two", 36 * Row), (results[2].Text.Text, results[2].Samples)); // 20 rows of 40 ms after row 12, and the rest of the chunk
        var final = results[2].Text.Final!;
        Assert.Equal(["one", "two"], final.Words.Select(word => word.Text));
        Assert.Equal(0.95, final.Words[0].Confidence, 1e-3);
        Assert.Equal(1.44, final.SecondsOfAudio, 1e-9);

        var last = Assert.Single(stream.Finish([new AudioWarning(AudioWarningCode.Resampled, "Resampled.")]));
        Assert.Equal(("", 1.44, 4.0), (last.Text, last.Start, last.End));
        Assert.Equal("Resampled.", Assert.Single(last.Final!.Warnings).Text);
        Assert.Throws<InvalidOperationException>(() => stream.Add([0f]));
        Assert.Throws<InvalidOperationException>(() => stream.Finish());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(639)]
    [InlineData(5000)]
    [InlineData(100_000)]
    public async Task Results_do_not_depend_on_the_pieces(int size)
    {
        var tone = Sounds.Tone(5.013).Samples;
        var whole = await Texts(Talker(3), tone, tone.Length);
        Assert.Equal(["one", "one two", "one two", "one", "one two", "one two", "one", "one two", "one two", ""], whole.Select(text => text.Text));
        Assert.Equal(whole.Select(Described), (await Texts(Talker(3), tone, size)).Select(Described));
        Assert.Equal(1.44, whole[3].Start, 1e-9);
        Assert.InRange(whole[5].Final!.Words[0].Start, 1.44, 1.7); // times are those of the stream

        static string Described(PartialTranscription text) => $"{text.Text} {text.Start} {text.End} {string.Join(' ', text.Final?.Words ?? [])} {string.Join(' ', text.Final?.Warnings ?? [])}";
    }

    [Fact]
    public async Task A_long_utterance_is_cut_in_its_longest_pause_and_the_rest_goes_on()
    {
        // 50 rows at most: words everywhere but in rows 31…34
        var model = Model((number, rows) => number > 0 ? Say(rows) : Say(rows, [.. Enumerable.Range(0, rows / 2).Select(i => 2 * i).Where(row => row is < 30 or > 35)]));
        using var stream = new Transcriber(model.ToModel(), new TranscriberOptions { MaxPieceSeconds = 2 }).Stream();
        var first = stream.Add(Sounds.Tone(2.1).Samples).Single(text => text.Final is not null);
        Assert.Empty(first.Final!.Warnings);
        Assert.Equal(32 * 0.04, first.End, 1e-9);
        Assert.Equal(32 * 0.04, Assert.Single(stream.Finish()).Start, 1e-9);
    }

    [Fact]
    public void Words_without_a_pause_are_cut_with_a_warning()
    {
        var model = Model((_, rows) => Say(rows, [.. Enumerable.Range(0, rows / 2).Select(i => 2 * i)]));
        using var stream = new Transcriber(model.ToModel(), new TranscriberOptions { MaxPieceSeconds = 2 }).Stream();
        var final = stream.Add(Sounds.Tone(2.1).Samples).Single(text => text.Final is not null).Final!;
        Assert.Equal("split-in-sound", Assert.Single(final.Warnings).Code);
        Assert.Contains("until 1.9 s", final.Warnings[0].Text, StringComparison.Ordinal);
    }

    /// <summary>The beam search may find a word in rows whose most probable class is the blank: two rows with 0.4 make 0.64.</summary>
    [Fact]
    public void A_text_that_was_given_out_is_settled_by_a_final_one()
    {
        var model = new ScriptedModel
        {
            Judge = Speech,
            Rows = (_, rows) => [.. Enumerable.Range(0, rows).Select(row => (0, row is 5 or 6 ? 0.6 : 0.999))],
            Second = (5, TinyText.Ids("one")[0], 0.4),
            SecondRows = 2,
        };
        using var stream = new Transcriber(model.ToModel(), new TranscriberOptions { MaxPieceSeconds = 2, Decoding = Decoding.CtcOnly }).Stream();
        List<PartialTranscription> texts = [.. stream.Add(Sounds.Tone(4).Samples), .. stream.Finish()];
        var partial = texts.Where(text => text.Final is null).ToList();
        Assert.True(partial.Count > 1);
        Assert.All(partial, text => Assert.Equal(("one", "one"), (text.Text, Assert.Single(texts, other => other.Final is not null && other.Start == text.Start).Text)));
    }

    [Fact]
    public void A_stream_without_words_says_so_at_its_end()
    {
        Assert.Equal("no-words", Last(Talker(0), Sounds.Tone(20).Samples));
        Assert.Equal("silence", Last(Talker(0), Sounds.Silence(3).Samples));
        Assert.Equal("too-short", Last(Talker(0), Sounds.Tone(0.05).Samples));
        Assert.Equal("empty", Last(Talker(0), []));

        static string Last(ScriptedModel model, float[] samples)
        {
            using var stream = new Transcriber(model.ToModel()).Stream();
            Assert.Empty(stream.Add(samples));
            return Assert.Single(Assert.Single(stream.Finish()).Final!.Warnings).Code;
        }
    }

    [Fact]
    public async Task Audio_in_another_form_is_converted_and_this_is_said_at_the_end()
    {
        var texts = new List<PartialTranscription>();
        await foreach (var text in new Transcriber(Talker(1).ToModel()).TranscribeAsync(Pieces(Sounds.Bursts(2, _ => true, 8000), 777), new AudioForm(8000, 1), TestContext.Current.CancellationToken)) texts.Add(text);
        Assert.Equal("one two", texts[^2].Text);
        Assert.Equal("resampled", Assert.Single(texts[^1].Final!.Warnings).Code);
    }

    [Fact]
    public void A_model_for_whole_clips_is_refused()
    {
        using var tiny = new TinyModel();
        using var model = SpeechModel.Load(tiny.Folder);
        Assert.Null(model.Info.StreamingDelay);
        var error = Assert.Throws<NotSupportedException>(() => new Transcriber(model).Stream());
        Assert.Contains(tiny.Folder, error.Message, StringComparison.Ordinal);
        Assert.Contains("chunk_rows", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chunk_rows", 3, "an even number")]
    [InlineData("chunk_rows", 376, "at most half of max_source_positions (750)")]
    [InlineData("left_chunks", -1, "left_chunks")]
    [InlineData("conv1_stride", 1, "conv1_stride and conv2_stride 2")]
    public void Chunks_that_do_not_fit_the_encoder_are_refused(string field, int value, string said)
    {
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2), change: folder =>
        {
            var path = Path.Combine(folder, "config.json");
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            json["audio_config"]![field] = value;
            File.WriteAllText(path, json.ToJsonString());
        });
        Assert.Contains(said, Assert.Throws<ConfigException>(() => SpeechModel.Load(tiny.Folder)).Message, StringComparison.Ordinal);
    }

    /// <summary>A loaded model: rows come when the stated delay says so, and have the same bits however the samples are divided.</summary>
    [Fact]
    public void Rows_of_a_model_come_in_time_and_do_not_depend_on_the_pieces()
    {
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2));
        using var model = SpeechModel.Load(tiny.Folder);
        Assert.Equal(4 * 0.04 + 0.0025, model.Info.StreamingDelay!.Value, 1e-12);
        using var turn = model.Gate.Enter(TestContext.Current.CancellationToken);
        var random = new Random(2);
        float[] samples = [.. Sounds.Bursts(2.3, t => t % 0.5 < 0.3).Select(sample => sample + 0.01f * random.NextSingle())];
        var whole = Rows(samples.Length);
        foreach (var size in new[] { 1, 160, 1999, 2560, 7000 }) Assert.Equal(whole, Rows(size));

        float[] Rows(int size)
        {
            using var encoder = model.Speech.Begin();
            for (var first = 0; first < samples.Length; first += size)
            {
                var count = Math.Min(size, samples.Length - first);
                var (next, rows) = (encoder.NextAt, encoder.Rows);
                encoder.Add(samples.AsSpan(first, count), ends: false);
                Assert.Equal(first + count >= next, encoder.Rows > rows);
                Assert.Equal(Math.Max(0, (first + count - 40) / 2560 * 4), encoder.Rows);
            }

            encoder.Add([], ends: true);
            Assert.Equal((samples.Length + 159) / 160 / 4 + ((samples.Length + 159) / 160 % 4 > 0 ? 1 : 0), encoder.Rows);
            return [.. Enumerable.Range(0, encoder.Rows).SelectMany(row => encoder.Row(row).ToArray()), .. encoder.Piece(encoder.Rows, samples, 0)!.Audio];
        }
    }

    [Fact]
    public void A_sample_that_is_no_number_is_refused_and_a_few_are_too_short()
    {
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2));
        using var model = SpeechModel.Load(tiny.Folder);
        using var stream = new Transcriber(model).Stream();
        Assert.Throws<ArgumentException>(() => stream.Add([0.1f, float.NaN]));
        foreach (var length in new[] { 1, 100, 640 })
        {
            using var brief = new Transcriber(model).Stream();
            brief.Add(Sounds.Tone(1).Samples.AsSpan(0, length));
            Assert.Equal("too-short", Assert.Single(Assert.Single(brief.Finish()).Final!.Warnings).Code);
        }
    }

    /// <summary>A chunk may be longer than the longest utterance: nothing is dropped while it fills.</summary>
    [Fact]
    public void An_utterance_has_at_least_one_chunk_however_short_its_limit()
    {
        using var tiny = new TinyModel(chunks: new EncoderChunks(32, 2));
        using var model = SpeechModel.Load(tiny.Folder);
        using var stream = new Transcriber(model, new TranscriberOptions { MaxPieceSeconds = 1 }).Stream();
        var tone = Sounds.Tone(1.2).Samples;
        for (var first = 0; first < tone.Length; first += 1600) Assert.Empty(stream.Add(tone.AsSpan(first, 1600)));
        var last = Assert.Single(stream.Finish(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal((0, 1.2), (last.Start, last.End));
    }

    [Fact]
    public void After_a_failure_or_disposal_nothing_can_be_added()
    {
        using var tiny = new TinyModel(chunks: new EncoderChunks(4, 2));
        using var model = SpeechModel.Load(tiny.Folder);
        var tone = Sounds.Tone(2).Samples;
        Fails(stream => Assert.Throws<ArgumentException>(() => stream.Add([0.1f, float.NaN])));
        Fails(stream => Assert.Throws<OperationCanceledException>(() => stream.Add(tone, new CancellationToken(true))));
        var disposed = new Transcriber(model).Stream();
        disposed.Add(tone, TestContext.Current.CancellationToken);
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => disposed.Add(tone, TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => disposed.Finish());

        void Fails(Action<TranscriptionStream> fail)
        {
            using var stream = new Transcriber(model).Stream();
            stream.Add(tone, TestContext.Current.CancellationToken);
            fail(stream);
            var error = Assert.Throws<InvalidOperationException>(() => stream.Add(tone, TestContext.Current.CancellationToken));
            Assert.Contains("audio is missing", error.Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => stream.Finish());
        }
    }

    private static async Task<List<PartialTranscription>> Texts(ScriptedModel model, float[] samples, int size)
    {
        var texts = new List<PartialTranscription>();
        await foreach (var text in new Transcriber(model.ToModel()).TranscribeAsync(Pieces(samples, size), new AudioForm(16_000, 1), TestContext.Current.CancellationToken)) texts.Add(text);
        return texts;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<float>> Pieces(float[] samples, int size)
    {
        for (var first = 0; first < samples.Length; first += size)
        {
            await Task.Yield();
            yield return samples.AsMemory(first, Math.Min(size, samples.Length - first));
        }
    }
}
