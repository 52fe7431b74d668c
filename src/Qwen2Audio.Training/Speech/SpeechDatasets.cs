using System.Text.Json;
using Qwen2Audio.Formats;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;

namespace Qwen2Audio.Training.Speech;

/// <summary>A recipe's description of the manifests' datasets.</summary>
/// <param name="recipe">The section <c>data.datasets</c>.</param>
internal sealed class SpeechDatasets(IReadOnlyDictionary<string, DatasetRecipe> recipe)
{
    private readonly Dictionary<string, string> _names = recipe.SelectMany(pair => From(pair.Key, pair.Value), (pair, from) => (from, pair.Key))
        .ToDictionary(pair => pair.from, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The recipe's name for a dataset of the manifests.</summary>
    public string NameOf(string dataset) => _names[dataset];

    /// <summary>The description of a dataset of the manifests.</summary>
    public DatasetRecipe this[string dataset] => recipe[_names[dataset]];

    /// <summary>The datasets to synthesise, in order of creation.</summary>
    public IEnumerable<KeyValuePair<string, DatasetRecipe>> Synthetic => recipe.Where(pair => pair.Value.Synthetic > 0).OrderBy(pair => pair.Value.Kind);

    /// <summary>The manifests' names for a dataset.</summary>
    public static string[] From(string name, DatasetRecipe dataset) => dataset.From.Length > 0 ? dataset.From : [name];

    /// <summary>A kind as written in recipes.</summary>
    public static string Name(DatasetKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Reads the manifests of a recipe: the rows of its split, without unused datasets.</summary>
    /// <exception cref="RecipeException">The split has no rows, or the recipe does not describe a dataset.</exception>
    public RecordingList Read(DataRecipe data, string path)
    {
        var list = RecordingList.Read(data.Manifests, data.Split);
        List<string> unknown =
        [
            .. list.Recordings.Where(recording => !_names.ContainsKey(recording.Row.Dataset)).GroupBy(recording => recording.ListedIn, StringComparer.Ordinal)
                .Select(source => $"{string.Join(", ", source.GroupBy(recording => recording.Row.Dataset, StringComparer.Ordinal)
                    .Select(dataset => $"\"{dataset.Key}\" ({(dataset.Count() == 1 ? "1 row" : $"{dataset.Count()} rows")}{NameSuggestion.Hint(dataset.Key, _names.Keys)})"))} of {source.Key}"),
        ];
        if (unknown.Count > 0)
        {
            var lines = list.Recordings.Select(recording => recording.Row.Dataset).Where(name => !_names.ContainsKey(name)).Distinct(StringComparer.Ordinal)
                .Select(name => $"    {JsonSerializer.Serialize(name)}: {{kind: KIND}}");
            throw new RecipeException(MessageText.WithLines($"{path}: data.datasets does not describe {string.Join("; ", unknown)}. Add these lines, where KIND is one of "
                + $"{string.Join(", ", Enum.GetValues<DatasetKind>().Select(Name))}, or add the name to the from list of another dataset:", ["data:", "  datasets:", .. lines]));
        }

        list = list with
        {
            Recordings = [.. list.Recordings.Where(recording => data.Uses(recording.Row.Dataset))],
            Skipped = [.. list.Skipped.Where(failure => data.Uses(failure.Row.Dataset))],
        };
        if (list.Recordings.Count == 0) throw new RecipeException($"{path}: data.manifests ({string.Join(", ", data.Manifests)}) have no row of split \"{data.Split}\".");
        return list;
    }
}
