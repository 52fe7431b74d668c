using System.Collections;
using System.Reflection;
using Qwen2Audio.Formats;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization.NamingConventions;

namespace Qwen2Audio.Training.Recipes;

/// <summary>Binds a YAML tree to a recipe's record of settings. Reports problems with line numbers and the recipe's own names.</summary>
internal sealed class RecipeBinder
{
    private readonly List<string> _problems = [];

    /// <summary>Unknown settings, and values of the wrong type.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Names of the settings of a record.</summary>
    public static IReadOnlyCollection<string> NamesOf(Type settings) => Known(settings).Keys;

    /// <summary>Creates a record of settings; settings that are not named keep the defaults of <paramref name="defaults"/>, which is changed, or of the record.</summary>
    /// <returns>Null when the node is not a group of settings.</returns>
    public object? Settings(YamlNode node, Type type, string name = "", object? defaults = null)
    {
        if (node is not YamlMappingNode mapping)
        {
            Add(node, $"{Named(name)}: settings are needed, such as name: value");
            return null;
        }

        var known = Known(type);
        var result = defaults ?? Activator.CreateInstance(type)!;
        foreach (var (key, full, value) in Entries(mapping, name))
        {
            if (!known.TryGetValue(key.Value!, out var property))
            {
                var near = NameSuggestion.Hint(key.Value!, known.Keys);
                Add(key, $"{full} is unknown{(near.Length > 0 ? near : $"; allowed: {string.Join(", ", known.Keys)}")}");
            }
            else if (Value(value, property.PropertyType, full, property.GetValue(result)) is { } found) property.SetValue(result, found);
        }

        return result;
    }

    /// <summary>True for an unquoted null value.</summary>
    public static bool IsNothing(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private object? Value(YamlNode node, Type type, string name, object? defaults = null)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific) Add(node, $"{name} has the tag {node.Tag}: a value without a tag is needed");
        else if (type.IsArray) return List(node, type.GetElementType()!, name);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>)) return Group(node, type, name);
        else if (type.IsClass && type != typeof(string)) return Settings(node, type, name, defaults);
        else if (node is not YamlScalarNode scalar) Add(node, $"{name} is a {(node is YamlSequenceNode ? "list" : "group of settings")}: {RecipeScalar.Needed(type)}");
        else if (IsNothing(scalar) || RecipeScalar.Read(scalar.Value ?? "", type) is not { } value)
            Add(node, $"{name} is {(scalar.Value is { Length: > 0 } text ? $"'{text}'" : "empty")}: {RecipeScalar.Needed(type, scalar.Value)}");
        else return value;
        return null;
    }

    private Array? List(YamlNode node, Type element, string name)
    {
        if (node is not YamlSequenceNode list)
        {
            Add(node, $"{name}: a list is needed, such as [a, b]");
            return null;
        }

        var result = Array.CreateInstance(element, list.Children.Count);
        for (var i = 0; i < list.Children.Count; i++)
            if (Value(list.Children[i], element, $"{name}[{i}]") is { } value) result.SetValue(value, i);
        return result;
    }

    private object? Group(YamlNode node, Type type, string name)
    {
        if (node is not YamlMappingNode mapping)
        {
            Add(node, $"{name}: settings are needed, such as name: value");
            return null;
        }

        var result = (IDictionary)Activator.CreateInstance(type, StringComparer.Ordinal)!;
        foreach (var (key, full, item) in Entries(mapping, name))
            if (Value(item, type.GetGenericArguments()[1], full) is { } value) result[key.Value!] = value;
        return result;
    }

    private IEnumerable<(YamlScalarNode Key, string Name, YamlNode Value)> Entries(YamlMappingNode mapping, string name)
    {
        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value.Length: > 0 } scalar) yield return (scalar, name.Length == 0 ? scalar.Value : $"{name}.{scalar.Value}", value);
            else Add(key, $"{Named(name)}: a setting without a plain name");
        }
    }

    private static Dictionary<string, PropertyInfo> Known(Type type) => type.GetProperties().Where(property => property.CanWrite)
        .ToDictionary(property => UnderscoredNamingConvention.Instance.Apply(property.Name), StringComparer.Ordinal);

    private static string Named(string name) => name.Length > 0 ? name : "the recipe";

    private void Add(YamlNode node, string problem) => _problems.Add($"line {node.Start.Line}: {problem}");
}
