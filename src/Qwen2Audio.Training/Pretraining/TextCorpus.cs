using System.Runtime.InteropServices;
using Qwen2Audio.Text;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.LanguageModel;
using Qwen2Audio.Training.NGrams;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Pretraining;

/// <summary>The sentences of a recipe for a language model, and the word pieces learned from them.</summary>
public sealed class TextCorpus
{
    /// <summary>The only control token, at both ends of a document.</summary>
    internal const string Boundary = "<|endoftext|>";

    private const int WordsForPieces = 20_000; // the most frequent words, from which pieces are learned
    private const int BoundaryId = 0;
    private readonly NGramCorpus _words;
    private readonly int[] _starts; // of each sentence in _words.Ids
    private readonly int[][] _pieces; // of each word
    private readonly TextDataRecipe _recipe;

    private TextCorpus(TextDataRecipe recipe, NGramCorpus words, BytePairTokenizer tokenizer)
    {
        (_recipe, _words, Tokenizer) = (recipe, words, tokenizer);
        _pieces = [.. words.Words.Select((word, id) => id <= NGramCorpus.End ? [] : tokenizer.Encode(word))];
        _starts = new int[words.Sentences];
        for (int i = 0, sentence = 0; i < words.Ids.Count; i++)
            if (words.Ids[i] == NGramCorpus.Start) _starts[sentence++] = i;
    }

    /// <summary>Number of sentences to train on.</summary>
    public int Sentences => _starts.Length;

    /// <summary>Number of their words.</summary>
    public long Words => _words.WordCount;

    /// <summary>Number of lines with characters other than letters and punctuation, which are left out.</summary>
    public int LeftOut => _words.LeftOut;

    internal BytePairTokenizer Tokenizer { get; }

    /// <summary>Each sentence to measure on, with its number of words.</summary>
    internal IReadOnlyList<(TokenDocument Document, int Words)> Validation { get; private init; } = [];

    /// <summary>Reads the texts and learns the word pieces.</summary>
    /// <exception cref="IOException">A file cannot be read or is not UTF-8 text.</exception>
    /// <exception cref="RecipeException">There is no sentence to train on, or none in a file to measure on.</exception>
    internal static TextCorpus Load(PretrainingRecipe recipe, string path, Action<int, int>? progress, CancellationToken cancellation)
    {
        var (files, read) = (recipe.Data.Texts, 0);
        var words = NGramCorpus.Of(files.SelectMany(Lines).Concat(NGramCorpus.Spelled(recipe.Data.Spelled)), int.MaxValue);
        if (words.Sentences == 0) throw new RecipeException($"{path}: data.texts: found no sentence with letters; allowed: text with one sentence per line.");
        var counts = new int[words.Words.Count];
        foreach (var id in words.Ids) counts[id]++;
        var texts = words.Words.Skip(NGramCorpus.End + 1).Take(WordsForPieces).Select((word, i) => (word, counts[NGramCorpus.End + 1 + i]));
        var tokenizer = new BytePairTokenizer(BytePairTrainer.Train(texts, recipe.Model.Pieces).Shifted(1),
            new TokenizerOptions { PrefixSpace = true, AddedTokens = [AddedToken.Control(Boundary, BoundaryId)] });
        return new TextCorpus(recipe.Data, words, tokenizer) { Validation = [.. recipe.Data.Validation.SelectMany(Sentences)] };

        IEnumerable<string?> Lines(string file)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var line in NGramCorpus.Lines(file)) yield return line;
            progress?.Invoke(++read, files.Length);
        }

        List<(TokenDocument, int)> Sentences(string file)
        {
            List<(TokenDocument, int)> sentences = [.. NGramCorpus.Lines(file).Where(line => !string.IsNullOrEmpty(line))
                .Select(line => (TokenDocument.Plain([BoundaryId, .. tokenizer.Encode(line!), BoundaryId]), line!.AsSpan().Count(' ') + 1))];
            return sentences.Count > 0 ? sentences : throw new RecipeException($"{path}: data.validation: {file} has no sentence with letters; allowed: text with one sentence per line.");
        }
    }

    /// <summary>The documents of a step, as a pure function of seed and step.</summary>
    internal List<TokenDocument> Draw(ulong seed, long step)
    {
        var random = new CounterRandom(seed, (ulong)step);
        var (documents, tokens) = (new List<TokenDocument>(), 0);
        while (tokens < _recipe.TokensPerBatch)
        {
            var document = Document(random.NextInt(_starts.Length), random.Between(1, _recipe.JoinedTokens));
            documents.Add(document);
            tokens += document.Ids.Length;
        }

        return documents;
    }

    /// <summary>Adds the training data to the conditions of a run.</summary>
    internal void AddTo(RunConditions conditions) =>
        conditions.Add("corpus", $"{Sentences} sentences, {Words} words, {ContentHash.Of(sum =>
        {
            foreach (var word in _words.Words) sum.AppendData(Encoding.UTF8.GetBytes(word + "\n"));
            sum.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_words.Ids)));
        })}");

    /// <summary>Number of validation sentences and a hash of their content.</summary>
    internal string ValidationIdentity => Validation.Count == 0 ? "" : $"{Validation.Count} sentences {ContentHash.Of(sum =>
    {
        foreach (var (document, _) in Validation) sum.AppendData(MemoryMarshal.AsBytes<int>(document.Ids));
    })}";

    private TokenDocument Document(int sentence, int least)
    {
        List<int> ids = [BoundaryId];
        for (var at = _starts[sentence] + 1; at < _words.Ids.Count; at++)
        {
            var word = _words.Ids[at];
            if (word == NGramCorpus.End && ids.Count >= least) break;
            foreach (var piece in _pieces[word]) ids.Add(piece);
            if (ids.Count >= TextModelRecipe.Positions) break; // the rest of a text without a sentence's end
        }

        ids.Add(BoundaryId);
        return TokenDocument.Plain(ids);
    }
}
