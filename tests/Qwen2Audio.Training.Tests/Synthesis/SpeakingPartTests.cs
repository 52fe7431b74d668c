using Qwen2Audio.Checkpoints;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Json;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Model.Synthesis;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;
using Qwen2Audio.Training.Synthesis;
using Qwen2Audio.Training.Tests.Distributed;

namespace Qwen2Audio.Training.Tests.Synthesis;

/// <summary>A model that hears and speaks with one decoder, trained from a recipe by the training loop.</summary>
public sealed class SpeakingPartTests : TestInFolder
{
    public SpeakingPartTests() => TinySpeaking.Write(Folder);

    [Theory, InlineData(2), InlineData(5)]
    public void Stopping_after_any_step_changes_no_bit(int stop)
    {
        var whole = TinySpeaking.Train(Folder, "whole");
        TinySpeaking.Train(Folder, "pieces", stopAfter: stop);
        var pieces = TinySpeaking.Train(Folder, "pieces", threads: 1);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors", "config.json", "codec/model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Fact]
    public void The_losses_of_hearing_and_speaking_fall_and_the_codebooks_stay()
    {
        var steps = new List<StepReport>();
        var folder = TinySpeaking.Train(Folder, "longer", TinySpeaking.Recipe.Replace("steps: 7", "steps: 200", StringComparison.Ordinal), report: steps.Add);
        foreach (var name in (string[])["decoder", "book_1", "duration"])
            Assert.True(Mean(steps.TakeLast(20), name) < 0.7 * Mean(steps.Take(5), name), $"{name}: {Mean(steps.Take(5), name)} to {Mean(steps.TakeLast(20), name)}");
        using SafetensorsFile model = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors")), codec = SafetensorsFile.Open(Path.Combine(Folder["codec"], "model.safetensors"));
        for (var book = 0; book < 2; book++)
        {
            var (mine, its) = (model.ReadFloats($"synthesis.codebooks.{book}.weight"), codec.ReadFloats($"quantizer.{book}.codebook"));
            var scale = mine.Sum(Math.Abs) / its.Sum(Math.Abs);
            foreach (var (a, b) in mine.Zip(its)) Assert.Equal(scale * b, a, 2e-3 * (1 + Math.Abs(a)));
        }
    }

    [Theory, InlineData(2), InlineData(4)]
    public void Ranks_train_what_one_trains(int count)
    {
        double[] alone = [], together = [];
        TinySpeaking.Train(Folder, "one", report: step => alone = [.. alone, step.Loss, .. step.Stages[0].Losses.Parts.Select(part => part.Value)]);
        ThreadRanks.Run(count, ranks => TinySpeaking.Train(Folder, "several", threads: 1, ranks: ranks,
            report: step => together = ranks.Rank == 0 ? [.. together, step.Loss, .. step.Stages[0].Losses.Parts.Select(part => part.Value)] : together));
        Assert.Equal(alone.Length, together.Length);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-3 * Math.Abs(alone[i]));
    }

    [Fact]
    public void The_folder_describes_the_model_and_has_its_codec()
    {
        var folder = TinySpeaking.Train(Folder, "saved", stopAfter: 1);
        var config = ConfigObject.Read(Path.Combine(folder, "config.json"), ModelConfigReader.ReadQwen2Audio);
        var synthesis = config.Synthesis!;
        Assert.Equal(["noise", "tones"], synthesis.Voices); // the speaker is not known
        Assert.Equal((2, 16, 8, 40), (synthesis.Books, synthesis.Entries, synthesis.Dimension, synthesis.Phones));
        Assert.Equal((config.AudioConfig.CtcVocabSize, config.TextConfig.VocabSize), (synthesis.FirstToken, synthesis.Vocabulary));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder["codec"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder, "codec", "model.safetensors")));
        using var source = ModelSource.Open(folder);
        Assert.Empty(ModelCheck.Require(source));
    }

    /// <summary>They affect no weight.</summary>
    [Fact]
    public void Guidance_and_temperature_are_written_and_may_change_when_a_run_resumes()
    {
        static string With(string settings) => TinySpeaking.Recipe.Replace("speak: {", $"speak: {{{settings}, ", StringComparison.Ordinal);
        static (double, double, double) Of(string folder) => ConfigObject.Read(Path.Combine(folder, "config.json"), ModelConfigReader.ReadQwen2Audio).Synthesis is { } synthesis ? (synthesis.Guidance, synthesis.VoiceGuidance, synthesis.Temperature) : default;
        Assert.Equal((1, 1, 0.7), Of(TinySpeaking.Train(Folder, "run", stopAfter: 2)));
        var changed = TinySpeaking.Train(Folder, "run", With("guidance: 2.5, voice_guidance: 2.5, temperature: 0.5"));
        Assert.Equal((2.5, 2.5, 0.5), Of(changed));
        Assert.Equal(File.ReadAllBytes(Path.Combine(TinySpeaking.Train(Folder, "whole"), "model.safetensors")), File.ReadAllBytes(Path.Combine(changed, "model.safetensors")));
    }

    [Fact]
    public void A_frozen_encoder_keeps_every_bit_and_a_decoder_of_another_size_learns()
    {
        var recogniser = TinySpeaking.Train(Folder, "recogniser", stopAfter: 3);
        var yaml = Frozen(recogniser).Replace("steps: 7", "steps: 60", StringComparison.Ordinal);
        var steps = new List<StepReport>();
        var folder = TinySpeaking.Train(Folder, "frozen", yaml, report: steps.Add);
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(recogniser, "model.safetensors")), after = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        foreach (var name in before.Tensors.Keys.Where(name => name.StartsWith("audio_tower.", StringComparison.Ordinal))) Assert.Equal(before.ReadFloats(name), after.ReadFloats(name));
        Assert.True(Mean(steps.TakeLast(10), "decoder") < 0.9 * Mean(steps.Take(5), "decoder"));
        Assert.True(Mean(steps.TakeLast(10), "book_1") < 0.9 * Mean(steps.Take(5), "book_1"));
        Assert.DoesNotContain(steps[0].Stages[0].Losses.Parts, part => part.Name is "ctc" or "phones");
        foreach (var file in (string[])["vocab.json", "merges.txt", "preprocessor_config.json"])
            Assert.Equal(File.ReadAllText(Path.Combine(recogniser, file)), File.ReadAllText(Path.Combine(folder, file)));
    }

    [Fact]
    public void A_run_with_a_frozen_encoder_resumes_with_the_same_bits()
    {
        var yaml = Frozen(TinySpeaking.Train(Folder, "recogniser", stopAfter: 3));
        var whole = TinySpeaking.Train(Folder, "whole", yaml);
        TinySpeaking.Train(Folder, "pieces", yaml, stopAfter: 3);
        var pieces = TinySpeaking.Train(Folder, "pieces", yaml);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
    }

    [Theory]
    [InlineData("encoder_ffn: 16", "encoder_ffn: 24", "fc1")]
    [InlineData("encoder_heads: 2", "encoder_heads: 4", "model.encoder_heads: found 2; allowed: 4")]
    public void An_encoder_of_another_size_cannot_be_frozen(string from, string to, string message)
    {
        var yaml = Frozen(TinySpeaking.Train(Folder, "recogniser", stopAfter: 1)).Replace(from, to, StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => TinySpeaking.Train(Folder, "other", yaml)).Message);
        Assert.Contains("model.initialise_from", Assert.Throws<RecipeException>(() => TinySpeaking.Parse(Folder, TinySpeaking.Recipe.Replace("model: {", "model: {freeze_encoder: true, ", StringComparison.Ordinal))).Message);
    }

    [Fact]
    public void A_speaking_model_passes_on_its_voices_by_name()
    {
        var first = TinySpeaking.Train(Folder, "first", stopAfter: 1);
        using var spoken = TinySpeaking.Spoken(Folder, Voices("tones"));
        using var task = TinySpeaking.Task(Folder, spoken, Voices("tones").Replace("model: {", $"model: {{initialise_from: {first}, ", StringComparison.Ordinal));
        using var source = ModelSource.Open(first);
        const string name = "language_model.model.embed_tokens.weight";
        var (mine, theirs) = (task.Config.Synthesis!, source.Description.Synthesis!);
        Assert.Equal(["tones"], mine.Voices);
        const string durations = "synthesis.durations.voices.weight";
        foreach (var (own, its) in new[] { (0, 1), (1, 2) })
        {
            var stored = new float[4];
            source.ReadFloats(durations, stored, its * 4L);
            Assert.Equal(stored, task.Stages[0].Parameters[durations].Value.Row(own).ToArray());
        }

        foreach (var (own, its) in new[] { (mine.VoiceToken(0), theirs.VoiceToken(1)), (mine.VoiceToken(1), theirs.VoiceToken(2)), (mine.PhoneToken(3, 40), theirs.PhoneToken(3, 40)) })
        {
            var stored = new float[16];
            source.ReadFloats(name, stored, its * 16L);
            Assert.Equal(stored, task.Stages[0].Parameters[name].Value.Row(own).ToArray());
        }
    }

    [Fact]
    public void A_model_that_begins_from_one_without_speaker_embedding_speaks_as_that_does()
    {
        var first = TinySpeaking.Train(Folder, "first", stopAfter: 1);
        string From(string yaml) => yaml.Replace("model: {", $"model: {{initialise_from: {first}, ", StringComparison.Ordinal);
        using var spoken = TinySpeaking.Spoken(Folder);
        using var with = TinySpeaking.Task(Folder, spoken, From(Embedded()));
        using var without = TinySpeaking.Task(Folder, spoken, From(TinySpeaking.Recipe));
        Assert.Equal(["synthesis.speaker.weight", "synthesis.durations.speaker.weight"], with.WarmStart!.Zero);
        Assert.Contains("added as zero: synthesis.speaker.weight", with.WarmStart.Summary);
        Assert.Empty(without.WarmStart!.Zero);
        Assert.All(with.WarmStart.Zero, name => Assert.All(with.Stages[0].Parameters[name].Value.Span.ToArray(), value => Assert.Equal(0, value)));
        var (figures, others) = (with.MeasureSpeaking(), without.MeasureSpeaking());
        Assert.Equal(others, figures.Take(others.Count));
        Assert.Equal(["speak.embedded.loss", "speak.embedded.book_1", "speak.embedded.book_2", "speak.embedded.duration"], figures.Skip(others.Count).Select(figure => figure.Name));
    }

    [Fact]
    public void Speaker_embeddings_are_trained_and_resumed_with_the_same_bits_on_any_number_of_ranks()
    {
        double[] alone = [], together = [];
        var whole = TinySpeaking.Train(Folder, "whole", Embedded(), report: step => alone = [.. alone, step.Loss]);
        TinySpeaking.Train(Folder, "pieces", Embedded(), stopAfter: 3);
        var pieces = TinySpeaking.Train(Folder, "pieces", Embedded(), threads: 1);
        foreach (var file in (string[])["training/state.safetensors", "model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(pieces, file)));
        using var spoken = TinySpeaking.Spoken(Folder);
        using var task = TinySpeaking.Task(Folder, spoken, Embedded());
        using var trained = SafetensorsFile.Open(Path.Combine(whole, "model.safetensors"));
        foreach (var name in (string[])["synthesis.speaker.weight", "synthesis.durations.speaker.weight"])
            Assert.NotEqual(task.Stages[0].Parameters[name].Value.Span.ToArray(), trained.ReadFloats(name), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(16, ConfigObject.Read(Path.Combine(whole, "config.json"), ModelConfigReader.ReadQwen2Audio).Synthesis!.SpeakerWidth);

        ThreadRanks.Run(3, ranks => TinySpeaking.Train(Folder, "several", Embedded(), threads: 1, ranks: ranks, report: step => together = ranks.Rank == 0 ? [.. together, step.Loss] : together));
        Assert.Equal(alone.Length, together.Length);
        for (var i = 0; i < alone.Length; i++) Assert.Equal(alone[i], together[i], 1e-3 * Math.Abs(alone[i]));
    }

    [Fact]
    public void A_recording_gets_the_embedding_of_another_one_of_its_speaker_or_its_voice()
    {
        using var spoken = TinySpeaking.Spoken(Folder, Voices("tones"));
        var recipe = TinySpeaking.Parse(Folder, Embedded()).Speak! with { UnknownVoices = 0, EmbeddedVoices = 0.4 };
        var config = SpeakingPart.ConfigOf(recipe, spoken, 20);
        var own = spoken.Train.ToDictionary(clip => clip, clip => SpeakerEmbedding.Of([clip.Rows, 1], [true])!, ReferenceEqualityComparer.Instance as IEqualityComparer<SynthesisClip>);
        var speakers = new SpeakerReferences(spoken.Train, spoken.Voices.Count, clip => own[clip]);
        var drawn = Enumerable.Range(0, 100).SelectMany(i => spoken.Train.Select((clip, k) =>
        {
            SynthesisBatch Pack(SpeakRecipe with) => SynthesisBatch.Pack([[clip]], config, with, _ => new CounterRandom(1, (ulong)(i * 100 + k)), speakers: speakers);
            var batch = Pack(recipe);
            Assert.Null(Pack(recipe with { UnknownVoices = 1 }).Speakers![0]);
            Assert.Equal(batch.Speakers, Pack(recipe).Speakers); // drawn by seed, step and recording alone
            Assert.All(batch.Input.Speakers!, speaker => Assert.Same(batch.Speakers![0], speaker));
            return (clip, Speaker: batch.Speakers![0], Voice: batch.Voices[0]);
        })).ToList();
        Assert.All(drawn, one => Assert.Equal(one.Speaker is null ? 0 : config.UnknownVoice, one.Voice));
        var (tones, hiss) = (drawn.Where(one => one.clip.Row.Dataset == "tones").ToList(), drawn.Where(one => one.clip.Row.Dataset == "noise").ToList());
        Assert.InRange(tones.Count(one => one.Speaker is not null) / (double)tones.Count, 0.3, 0.5);
        Assert.All(tones.Where(one => one.Speaker is not null), one => Assert.NotSame(own[one.clip], one.Speaker));
        Assert.All(tones.Where(one => one.Speaker is not null), one => Assert.Contains(one.Speaker!, own.Where(pair => pair.Key.Row.Dataset == "tones").Select(pair => pair.Value)));
        Assert.All(hiss, one => Assert.Same(own[one.clip], one.Speaker)); // nobody knows who makes it
    }

    [Fact]
    public void Speakers_that_are_no_voice_are_spoken_with_the_unknown_one()
    {
        using var spoken = TinySpeaking.Spoken(Folder, Voices("tones"));
        Assert.Equal(["tones"], spoken.Voices);
        Assert.All(spoken.Train, clip => Assert.Equal(clip.Row.Dataset == "tones" ? 0 : 1, clip.Voice));
        Assert.Contains("speak.voices", Assert.Throws<RecipeException>(() => TinySpeaking.Spoken(Folder, Voices("bells")).Dispose()).Message);
    }

    [Fact]
    public void A_share_of_the_recordings_hides_phones_or_voice()
    {
        using var spoken = TinySpeaking.Spoken(Folder);
        var recipe = TinySpeaking.Parse(Folder).Speak!;
        var config = SpeakingPart.ConfigOf(recipe, spoken, 20);
        SynthesisBatch Pack(SpeakRecipe with) => SynthesisBatch.Pack([.. spoken.Train.Select(clip => (SynthesisClip[])[clip])], config, with, i => new CounterRandom(1, (ulong)i));
        var plain = SynthesisBatch.Pack([.. spoken.Train.Select(clip => (SynthesisClip[])[clip])], config, recipe);
        Assert.DoesNotContain(config.UnknownPhone, plain.Input.Phones);
        var hidden = Pack(recipe with { UnknownPhones = 1, UnknownVoices = 1, PreviousDropout = 0 });
        Assert.All(hidden.Input.Phones, phone => Assert.Equal(config.UnknownPhone, phone));
        Assert.All(hidden.Input.Places, place => Assert.Equal(0, place));
        Assert.All(hidden.Input.Voices.Concat(hidden.Voices), voice => Assert.Equal(config.UnknownVoice, voice));
        Assert.Equal(plain.Input.Previous, hidden.Input.Previous);
        Assert.Equal((plain.Phones, plain.Codes).ToString(), (hidden.Phones, hidden.Codes).ToString());
        var some = Pack(recipe with { UnknownPhones = 0.5, UnknownVoices = 0.5, PreviousDropout = 0.5 });
        Assert.InRange(some.Input.Phones.Count(phone => phone == config.UnknownPhone), 1, some.Input.Phones.Length - 1);
        Assert.True(some.Input.Previous.Count(code => code < 0) > plain.Input.Previous.Count(code => code < 0));
    }

    [Fact]
    public void A_share_of_the_recordings_goes_on_with_another_of_the_speaker()
    {
        using var spoken = TinySpeaking.Spoken(Folder, Voices("tones"));
        var recipe = TinySpeaking.Parse(Folder).Speak! with { Joined = 0.5, UnknownPhones = 0, UnknownVoices = 0, PreviousDropout = 0 };
        var (config, sampler) = (SpeakingPart.ConfigOf(recipe, spoken, 20), new SynthesisSampler(recipe, 1, spoken.Train, spoken.Voices.Count));
        List<IReadOnlyList<SynthesisClip>> drawn = [.. Enumerable.Range(0, 100).SelectMany(step => sampler.Step(step))];
        var tones = drawn.Where(clips => clips[0].Row.Dataset == "tones").ToList();
        Assert.InRange(tones.Count(clips => clips.Count == 2) / (double)tones.Count, 0.35, 0.65);
        Assert.All(drawn.Where(clips => clips.Count == 2), clips => Assert.Equal(("tones", "tones"), (clips[0].Row.Dataset, clips[1].Row.Dataset))); // nobody knows who makes the noise
        Assert.All(drawn.Where(clips => clips.Count == 2), clips => Assert.NotSame(clips[0], clips[1]));
        Assert.All(new SynthesisSampler(recipe with { Joined = 0 }, 1, spoken.Train, spoken.Voices.Count).Step(0), clips => Assert.Single(clips));

        var firstHidden = 0;
        foreach (var (pair, i) in tones.Where(clips => clips.Count == 2).Select((clips, i) => (clips, i)))
        {
            var batch = SynthesisBatch.Pack([pair], config, recipe, _ => new CounterRandom(2, (ulong)i));
            var (first, rows) = (pair[0].Rows, pair[0].Rows + pair[1].Rows);
            Assert.Equal((1, rows, 2), (batch.Frames.Sequences, batch.Frames.Rows, batch.Texts.Sequences));
            Assert.Equal(pair[0].Codes.Concat(pair[1].Codes), batch.Codes);
            Assert.Equal([-1, -1, .. batch.Codes[..^config.Books]], batch.Input.Previous);
            var alone = SynthesisBatch.Pack([[pair[1]]], config, recipe);
            Assert.Equal(alone.Input.Phones[..pair[1].Rows], batch.Input.Phones[first..rows]);
            Assert.Equal(alone.Input.Places, batch.Input.Places[(first * SynthesisConfig.Places)..]);
            if (batch.Input.Phones[0] == config.UnknownPhone) firstHidden++;
        }

        Assert.InRange(firstHidden, 1, tones.Count(clips => clips.Count == 2) - 1);
    }

    [Fact]
    public void Validation_measures_every_codebook()
    {
        using var spoken = TinySpeaking.Spoken(Folder);
        using var task = TinySpeaking.Task(Folder, spoken);
        var figures = task.MeasureSpeaking().ToDictionary(figure => figure.Name, figure => figure.Value);
        Assert.Equal((9, 3), (spoken.Recordings, spoken.Measured));
        Assert.Equal(figures["speak.loss"], (figures["speak.book_1"] + figures["speak.book_2"]) / 2, 1e-9);
        Assert.InRange(figures["speak.loss"], 1.5, 4.5); // ln 16 = 2.77
        Assert.Contains("speak.tones.duration", figures.Keys);
    }

    [Fact]
    public void Recordings_that_cannot_be_spoken_are_listed()
    {
        File.WriteAllLines(Path.Combine(Folder, "alignments.jsonl"), Enumerable.Range(1, 11).Select(i => (i == 3 ? TinySpeaking.Aligned(Folder, i) with { Text = "other" } : TinySpeaking.Aligned(Folder, i)).ToJson()));
        var yaml = TinySpeaking.Recipe.Replace("frames_per_batch: 100", "max_skipped_percent: 50, frames_per_batch: 100", StringComparison.Ordinal);
        using var spoken = TinySpeaking.Spoken(Folder, yaml);
        Assert.Equal(7, spoken.Recordings);
        Assert.Contains(spoken.Failures, failure => failure.Row.Path.EndsWith("0.wav", StringComparison.Ordinal) && failure.Reason.Contains("no alignment", StringComparison.Ordinal));
        Assert.Contains(spoken.Failures, failure => failure.Reason.Contains("another text", StringComparison.Ordinal));
        Assert.Throws<CorpusException>(() => TinySpeaking.Spoken(Folder));
        var recipe = TinySpeaking.Parse(Folder);
        Assert.Throws<CorpusException>(() => SynthesisCorpus.Check(recipe.Speak!, recipe.Spoken, "recipe.yaml", []));
    }

    [Fact]
    public void Wrong_settings_are_named()
    {
        string Fault(string old, string to) => Assert.Throws<RecipeException>(() => TinySpeaking.Spoken(Folder, TinySpeaking.Recipe.Replace(old, to, StringComparison.Ordinal)).Dispose()).Message;
        Assert.Contains("speak.books is 4", Fault("books: 2", "books: 4"));
        Assert.Contains("speak.draws.tunes", Fault("draws: {tones: 2, noise", "draws: {tunes: 2, noise"));
        Assert.Contains("speak.alignments is empty", Fault("alignments: [alignments.jsonl], ", "")); // and there is no model to align with
        Assert.Contains("speak.previous_dropout is 2", Fault("speak: {", "speak: {previous_dropout: 2, "));
        Assert.Contains("speak.guidance is 11", Fault("speak: {", "speak: {guidance: 11, "));
        Assert.Contains("speak.temperature is -1", Fault("speak: {", "speak: {temperature: -1, "));
        Assert.Contains("speak.unknown_phones is -1", Fault("speak: {", "speak: {unknown_phones: -1, "));
    }

    [Fact]
    public void Phones_share_the_frames_between_the_silences_at_the_ends()
    {
        AlignedWord[] words = [new("a", 0.5, 0.62, 1, [new("AH", 0.5, 0.62)]), new("b", 0.7, 0.98, 1, [new("B", 0.7, 0.705), new("IY", 0.705, 0.98)])];
        var (phones, frames) = SynthesisClip.Align(words, 60, 50, out var first);
        Assert.Equal(20, first); // 0.1 s of silence
        Assert.Equal([0, 3, 0, 7, 18, 0], phones);
        Assert.Equal([5, 6, 4, 0, 14, 5], frames); // B has no frame of its own
    }

    private static double Mean(IEnumerable<StepReport> of, string name) => of.Average(step => step.Stages[0].Losses.Parts.Single(part => part.Name == name).Value);

    private static string Embedded() => TinySpeaking.Recipe.Replace("speak: {", "speak: {speaker_embedding: true, ", StringComparison.Ordinal);

    private static string Voices(string name) => TinySpeaking.Recipe.Replace("speak: {", $"speak: {{voices: [{name}], ", StringComparison.Ordinal);

    private static string Frozen(string recogniser) => TinySpeaking.Recipe.Replace("model: {", $"model: {{initialise_from: {recogniser}, freeze_encoder: true, ", StringComparison.Ordinal)
        .Replace("decoder_width: 16", "decoder_width: 24", StringComparison.Ordinal).Replace("experts: 2", "experts: 4", StringComparison.Ordinal);
}
