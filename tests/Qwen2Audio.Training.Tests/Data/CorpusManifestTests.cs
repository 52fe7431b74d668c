using System.Security.Cryptography;
using Qwen2Audio.Audio.Wav;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Training.Data.Corpora;

namespace Qwen2Audio.Training.Tests.Data;

public sealed class CorpusManifestTests : TestInFolder
{
    [Fact]
    public void LibriSpeech_has_a_split_in_its_folders_and_a_speaker_in_its_names()
    {
        Text("train-clean-5/84/1/84-1.trans.txt", "84-1-0000 GO DO YOU HEAR", "84-1-0001 BUT IN", "84-1-0002", "84-1-0003 GONE");
        Wave("train-clean-5/84/1/84-1-0000.flac", 0.5);
        Wave("train-clean-5/84/1/84-1-0001.wav", 0.25);
        Wave("train-clean-5/84/1/84-1-0002.flac");
        Wave("train-clean-5/84/1/extra.wav");
        Text("dev-clean-2/9/2/9-2.trans.txt", "9-2-0000 I SEE");
        Wave("dev-clean-2/9/2/9-2-0000.flac");
        Text("test-clean/7/2/7-2.trans.txt", "7-2-0000 NEVER");
        Wave("test-clean/7/2/7-2-0000.flac");

        var made = CorpusManifest.Of(Folder, new CorpusOptions { Licence = "CC BY 4.0" });

        Assert.Equal("librispeech", made.Layout);
        Assert.Equal(["9 val: i see", "7 test: never", "84 train: go do you hear", "84 train: but in"], Shown(made));
        Assert.Equal(0.5, made.Rows[2].Seconds);
        Assert.Equal(16_000, made.Rows[2].SampleRate);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(At("train-clean-5/84/1/84-1-0000.flac")))), made.Rows[2].Sha256);
        Assert.Empty(made.ChosenForValidation);
        Assert.Equal(
            [
                $"{At("train-clean-5/84/1/84-1.trans.txt")}, line 3: the transcript is empty",
                $"{At("train-clean-5/84/1/84-1.trans.txt")}, line 4: there is no audio file {At("train-clean-5/84/1/84-1-0003.flac")}",
                $"{At("train-clean-5/84/1/84-1-0002.flac")}: no transcript names this file",
                $"{At("train-clean-5/84/1/extra.wav")}: no transcript names this file",
            ], Skipped(made));
    }

    [Fact]
    public void The_written_manifest_is_read_back_as_the_same_rows()
    {
        Text("a/one.txt", "Turn it on.");
        Wave("a/one.wav");
        Text("b/two.txt", "Off", "now");
        Wave("b/two.wav");
        var made = CorpusManifest.Of(Folder, new CorpusOptions { Dataset = "mine", Source = "here", ValidationPercent = 0 });
        var path = At("MANIFEST.tsv");
        made.Write(path);

        Assert.Contains("\na/one.wav\tmine\tasr\tTurn it on.\ta\ttrain\t", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(made.Rows, Manifest.Read(path).Rows.Select(row => row with { Line = 0 }));
        Assert.Equal(["a train: Turn it on.", "b train: Off now"], Shown(made));
    }

    [Fact]
    public void Lj_speech_is_normalised_text_of_one_voice_divided_by_chapter()
    {
        Text("metadata.csv", "LJ001-0033|In 1465.|in fourteen sixty-five.", "LJ002-0001|It was so.|It was so.", "LJ002-0002", "LJ003-0001|Yes.");
        foreach (var name in new[] { "LJ001-0033", "LJ002-0001", "LJ003-0001" }) Wave($"wavs/{name}.wav");
        var made = CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 1 });

        Assert.Equal("ljspeech", made.Layout);
        Assert.Equal(["in fourteen sixty-five.", "It was so.", "Yes."], made.Rows.Select(row => row.Text));
        Assert.Single(made.ChosenForValidation);
        Assert.Equal(made.Rows.Where(row => row.Split == "val").Select(row => Path.GetFileName(row.Path)[..5]), made.ChosenForValidation);
        Assert.Equal([$"{At("metadata.csv")}, line 3: 1 columns separated by |; allowed: 2 or 3"], Skipped(made));
        Assert.Contains(made.Warnings, warning => warning.StartsWith("1 speakers are in train and in val or test (lj)", StringComparison.Ordinal));
    }

    [Fact]
    public void A_speaker_of_common_voice_is_in_one_split_only()
    {
        const string head = "client_id\tpath\tsentence\tup_votes";
        Text("en/validated.tsv", head, "aaaaaaaaaaaaaaaaaaaa\t1.wav\t\"Hello\" there\t2", "bb\t2.wav\tSecond one\t2", "cc\t3.wav\tThird\t2", "dd\tgone.mp3\tNot fetched\t2", "ee\t1.wav");
        Text("en/test.tsv", head, "bb\t9.wav\tNine\t2");
        Text("en/dev.tsv", head, "cc\t3.wav\tThird\t2");
        foreach (var name in new[] { "1", "2", "3" }) Wave($"en/clips/{name}.wav");
        var made = CorpusManifest.Of(Folder, new CorpusOptions());

        Assert.Equal(["aaaaaaaaaaaaaaaa train: \"Hello\" there", "bb test: Second one", "cc val: Third"], Shown(made));
        Assert.Equal(
            [
                $"{At("en/validated.tsv")}, line 6: 2 columns; the header row has 4",
                $"{At("en/validated.tsv")}, line 5: there is no audio file {At("en/clips/gone.mp3")}",
            ], Skipped(made));
    }

    [Fact]
    public void A_table_of_common_voice_without_a_column_is_an_error()
    {
        Text("validated.tsv", "client_id\tpath\ttext", "a\t1.wav\tone");
        Wave("clips/1.wav");
        var error = Assert.Throws<ManifestException>(() => CorpusManifest.Of(Folder, new CorpusOptions()));
        Assert.Equal($"{At("validated.tsv")}, line 1, column sentence: the column is missing; the header row has: client_id, path, text.", error.Message);
    }

    [Theory]
    [InlineData("wav48/p225/p225_001.wav", 0)]
    [InlineData("wav48_silence_trimmed/p225/p225_001_mic1.flac", 1)]
    public void Vctk_has_a_text_file_for_each_sentence(string audio, int second)
    {
        Text("txt/p225/p225_001.txt", "Please call Stella.");
        Wave(audio);
        if (second > 0) Wave("wav48_silence_trimmed/p225/p225_001_mic2.flac");
        var made = CorpusManifest.Of(Folder, new CorpusOptions());

        Assert.Equal(["p225 train: Please call Stella."], Shown(made));
        Assert.Equal(second, made.Skipped.Count(skipped => skipped.Reason.Contains("second microphone", StringComparison.Ordinal)));
        Assert.Contains(made.Warnings, warning => warning.StartsWith("all recordings are of one speaker", StringComparison.Ordinal));
    }

    [Fact]
    public void Kaldi_lists_name_paths_from_their_folder_or_one_above()
    {
        foreach (var part in new[] { "train", "test" })
        {
            Text($"{part}/wav.scp", $"{part}1\tWAVE/{part}1.wav", "piped sph2pipe a.sph |", "silent WAVE/none.wav");
            Text($"{part}/text", $"{part}1\tMARK IS GOING", "piped TO SEE");
            Text($"{part}/utt2spk", $"{part}1\t0{part.Length}", "piped 1");
            Wave($"WAVE/{part}1.wav");
        }

        var made = CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 0 });
        Assert.Equal("kaldi", made.Layout);
        Assert.Equal(["04 test: mark is going", "05 train: mark is going"], Shown(made));
        Assert.Equal(4, made.Skipped.Count);
        Assert.Equal($"{At("test/wav.scp")}, line 2: piped is the output of a command; allowed: a path", Skipped(made)[0]);
        Assert.Equal($"{At("test/wav.scp")}, line 3: silent has no transcript in {At("test/text")}", Skipped(made)[1]);
    }

    [Fact]
    public void Kaldi_segments_are_refused()
    {
        Text("wav.scp", "a a.wav");
        Text("segments", "u a 0 1");
        var error = Assert.Throws<ManifestException>(() => CorpusManifest.Of(Folder, new CorpusOptions()));
        Assert.StartsWith(At("segments"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sphinx_lists_name_texts_by_the_end_of_the_path()
    {
        Text("etc/an4_train.fileids", "an4_clstk/fash/an251-fash-b", "an4_clstk/fbbh/an86-fbbh-b");
        Text("etc/an4_train.transcription", "<s> YES </s> (an251-fash-b)", "<s> GO </s> (an86-fbbh-b)", "<s> NO </s> (other)", "NO ID");
        Text("etc/an4_test.fileids", "an4test_clstk/fcaw/an406-fcaw-b");
        Text("etc/an4_test.transcription", "RUBOUT (an406-fcaw-b)");
        Wave("wav/an4_clstk/fash/an251-fash-b.wav");
        Wave("wav/an4_clstk/fbbh/an86-fbbh-b.wav");
        Wave("wav/an4test_clstk/fcaw/an406-fcaw-b.wav");
        var made = CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 0 });

        Assert.Equal(["fcaw test: rubout", "fash train: yes", "fbbh train: go"], Shown(made));
        Assert.Equal(
            [
                $"{At("etc/an4_train.transcription")}, line 3: other is not in {At("etc/an4_train.fileids")}",
                $"{At("etc/an4_train.transcription")}, line 4: no (ID) at the end",
            ], Skipped(made));
    }

    [Fact]
    public void Validation_takes_whole_speakers_by_seed_until_it_has_its_share()
    {
        for (var i = 0; i < 40; i++)
        {
            Text($"s{i % 10}/{i}.txt", "yes");
            Wave($"s{i % 10}/{i}.wav", 0.1);
        }

        var made = CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 25 });
        Assert.Equal(3, made.ChosenForValidation.Count);
        Assert.Equal(12, made.Rows.Count(row => row.Split == "val"));
        Assert.All(made.Rows, row => Assert.Equal(made.ChosenForValidation.Contains(row.Speaker) ? "val" : "train", row.Split));
        Assert.Equal(made.ChosenForValidation, CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 25 }).ChosenForValidation);
        Assert.Contains(Enumerable.Range(2, 5), seed => !CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 25, Seed = seed }).ChosenForValidation.SequenceEqual(made.ChosenForValidation));
    }

    [Fact]
    public void Folders_of_pairs_named_as_splits_are_splits()
    {
        foreach (var name in new[] { "train/anna/1", "dev/2", "Test/3" })
        {
            Text(name + ".txt", "yes");
            Wave(name + ".wav");
        }

        Assert.Equal(["unknown test: yes", "unknown val: yes", "anna train: yes"], Shown(CorpusManifest.Of(Folder, new CorpusOptions())));
    }

    [Fact]
    public void A_damaged_recording_is_left_out_with_its_reason()
    {
        Text("a/1.txt", "yes");
        Text("a/1.wav", "this is no audio");
        Text("b/2.txt", "no");
        Wave("b/2.wav");
        var made = CorpusManifest.Of(Folder, new CorpusOptions { ValidationPercent = 0 });
        Assert.Equal(["b train: no"], Shown(made));
        Assert.Contains(At("a/1.wav"), Assert.Single(Skipped(made)), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_and_ambiguous_folders_are_errors_that_say_what_is_known()
    {
        Text("notes.md", "nothing");
        Assert.Contains("no known layout; allowed: librispeech: *.trans.txt", Message(null), StringComparison.Ordinal);
        Assert.Contains("does not have the layout vctk", Message("vctk"), StringComparison.Ordinal);
        Text("x/1-2.trans.txt", "1-2-3 A");
        Text("y/metadata.csv", "LJ001-0001|a|a");
        Assert.Contains("fits several layouts: librispeech, ljspeech", Message(null), StringComparison.Ordinal);
        Assert.Contains("no recording can be used; the first of 1 reasons: ", Message("librispeech"), StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => CorpusManifest.Of(At("none"), new CorpusOptions()));
    }

    private string Message(string? layout) => Assert.Throws<ManifestException>(() => CorpusManifest.Of(Folder, new CorpusOptions { Layout = layout })).Message;

    private static IEnumerable<string> Shown(CorpusManifest made) => made.Rows.Select(row => $"{row.Speaker} {row.Split}: {row.Text}");

    private static List<string> Skipped(CorpusManifest made) => [.. made.Skipped.Select(CorpusManifest.Place)];

    private string At(string path) => Path.Combine(Folder, path);

    private void Text(string path, params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllLines(At(path), lines);
    }

    private void Wave(string path, double seconds = 0.2)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        using var file = File.Create(At(path));
        WavWriter.Write(file, new float[(int)(16_000 * seconds)], 16_000);
    }
}
